internal import Foundation
internal import LoadGenerator
internal import Programs

/// Reads what the machine says about itself; `unknown` where it says nothing.
enum HostEnvironment {
    static func current() -> RunEnvironment {
        RunEnvironment(
            operatingSystem: value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=") ?? "unknown",
            kernel: kernel(),
            processor: value(of: "model name", in: "/proc/cpuinfo", separator: ":") ?? "unknown",
            processorCount: ProcessInfo.processInfo.activeProcessorCount,
            skiffVersion: Release.version)
    }

    private static func kernel() -> String {
        line(in: "/proc/sys/kernel/osrelease") { _ in true } ?? "unknown"
    }

    /// The value in the first line of this key, without quotes.
    private static func value(of key: String, in path: String, separator: Character) -> String? {
        let found = line(in: path) { $0.hasPrefix(key) }
        guard let found, let split = found.firstIndex(of: separator) else { return nil }
        return found[found.index(after: split)...].trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
    }

    private static func line(in path: String, where matches: (Substring) -> Bool) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        return text.split(separator: "\n").first(where: matches).map(String.init)
    }
}
