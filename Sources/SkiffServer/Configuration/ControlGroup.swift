internal import Bytes
internal import Glibc

/// The group of processes to which a container or a service belongs, as Linux shows it (cgroups(7)).
enum ControlGroup {
    /// The least of the limits of the group and of those around it; nil without one.
    static func memoryMax() -> Int? {
        // In a container its own group is the root that it sees.
        let group = text(of: "/proc/self/cgroup").flatMap(path(in:)) ?? "/"
        var limits = [number(in: "/sys/fs/cgroup/memory/memory.limit_in_bytes")]
        var path = "/sys/fs/cgroup"
        limits.append(number(in: path + "/memory.max"))
        for name in group.split(separator: "/") {
            path += "/" + name
            limits.append(number(in: path + "/memory.max"))
        }
        return limits.compactMap(\.self).min()
    }

    /// The path of the group in the text of `/proc/self/cgroup`; nil if that is of an old kernel.
    static func path(in text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst("0::".count)) }
    }

    /// The limit in a file; `max` and the largest number of the old interface mean none.
    private static func number(in path: String) -> Int? {
        guard let digits = text(of: path)?.prefix(while: { $0.isASCII && $0.isNumber }) else { return nil }
        guard let number = WholeNumber.parse(digits).flatMap(Int.init(exactly:)), number < 1 << 60 else { return nil }
        return number
    }

    /// A file of the kernel, which is short; nil if it cannot be read.
    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
