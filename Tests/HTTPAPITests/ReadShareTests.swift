import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite("What a loop reads of each connection")
struct ReadShareTests {
    private let node = Node()

    @Test("is the usual amount when few have something to read, and a share when many have")
    func share() {
        let loop = node.loop
        #expect(loop.readBytesMax == HTTPLimits.readBytesMax)

        for _ in 0..<1_000 { loop.noteRead() }
        #expect(loop.readBytesMax == HTTPLimits.turnBytesTarget / 1_000)
        for _ in 0..<9_000 { loop.noteRead() }
        #expect(loop.readBytesMax == HTTPLimits.readBytesMinUnderLoad)
        // The next turn begins with what the last one taught …
        node.eventLoop.run()
        #expect(loop.readBytesMax == HTTPLimits.readBytesMinUnderLoad)
        loop.noteRead()
        node.eventLoop.run()

        // … and a quiet one is forgotten at once.
        #expect(loop.readBytesMax == HTTPLimits.readBytesMax)
    }

    @Test("follows what arrives, within that")
    func allocator() {
        var allocator = ReadAllocator(of: node.loop)
        #expect(allocator.nextBufferSize() == 2 * HTTPLimits.readBytesMin)

        for _ in 0..<20 {
            let size = allocator.nextBufferSize() ?? 0
            #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity >= size)
            _ = allocator.record(actualReadBytes: size)
        }
        #expect(allocator.nextBufferSize() == HTTPLimits.readBytesMax)
        for _ in 0..<10_000 { node.loop.noteRead() }
        #expect(allocator.nextBufferSize() == HTTPLimits.readBytesMinUnderLoad)
    }
}
