internal import Glibc
internal import NIOCore

/// Facts about the machine on which defaults depend.
package struct HostFacts: Hashable, Sendable {
    package var hostName: String
    /// The processors that this process may use; a container's limit counts.
    package var coreCount: Int
    /// The memory that this process may use, in bytes, if a container or a service manager limits it.
    package var memoryMax: Int?

    package init(hostName: String, coreCount: Int, memoryMax: Int? = nil) {
        self.hostName = hostName
        self.coreCount = coreCount
        self.memoryMax = memoryMax
    }

    /// The machine, or the container, that this process runs on.
    package static func current() -> HostFacts {
        // POSIX allows a host name of 255 bytes; the last byte stays zero whatever the call does.
        var bytes = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&bytes, bytes.count - 1) == 0
        let name = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return HostFacts(
            hostName: isKnown && !name.isEmpty ? name : "localhost", coreCount: System.coreCount,
            memoryMax: ControlGroup.memoryMax())
    }
}
