internal import Glibc
internal import NIOConcurrencyHelpers

/// Hands out the memory of tables, in huge pages where the system has them, because a look-up touches places all over a
/// table. Keeps the memory of one freed table for the next one, which then needs no new pages of the system.
final class ArenaPool: Sendable {
    private struct Arena: @unchecked Sendable {
        // Only the pool knows the address while the memory is in it.
        let start: UnsafeMutableRawPointer
        let bytes: Int
    }

    /// The size on the systems that Skiff runs on.
    private static let hugePageBytes = 2 << 20
    private let spare = NIOLockedValueBox<Arena?>(nil)

    deinit { spare.withLockedValue { $0?.start.deallocate() } }

    /// Returns memory of this size, aligned for every type, with arbitrary content.
    func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        let found = spare.withLockedValue { spare in
            let found = spare?.bytes == bytes ? spare : nil
            if found != nil { spare = nil }
            return found
        }
        return found?.start ?? Self.allocate(bytes)
    }

    private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        guard bytes >= hugePageBytes else { return .allocate(byteCount: bytes, alignment: 16) }
        let start = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: hugePageBytes)
        // Only advice: if the system refuses it, the pages are small.
        madvise(start, bytes, MADV_HUGEPAGE)
        return start
    }

    /// Takes back memory that `take` returned. Any thread.
    func giveBack(_ start: UnsafeMutableRawPointer, _ bytes: Int) {
        let surplus = spare.withLockedValue { spare in
            defer { spare = Arena(start: start, bytes: bytes) }
            return spare
        }
        surplus?.start.deallocate()
    }
}
