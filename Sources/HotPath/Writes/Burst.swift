package import NIOCore

/// All that one HTTP event loop read in one pass: the commands of all its connections back to back, each encoded once.
package struct Burst: Sendable {
    /// Commands in the encoding of `KeyValue.CommandView`.
    package var commands = ByteBuffer()
    /// One tag per command, in order.
    package var tags: [RequestTag] = []
    /// Linearizable reads that need a confirmation.
    package var reads: [RequestTag] = []

    package init() {}

    package var isEmpty: Bool { tags.isEmpty && reads.isEmpty }
}
