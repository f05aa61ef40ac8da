import NIOCore
import NIOEmbedded
import Testing

@testable import HTTPAPI

@Suite("What a loop reads of each connection")
struct ReadShareTests {
    private let node = EmbeddedNode()

    @Test("is the usual amount when few have something to read, and a share when many have")
    func share() {
        let table = node.table
        #expect(table.readBytesMax == HTTPLimits.readBytesMax)

        for _ in 0..<1_000 { table.noteRead() }
        #expect(table.readBytesMax == HTTPLimits.passBytesTarget / 1_000)
        for _ in 0..<9_000 { table.noteRead() }
        #expect(table.readBytesMax == HTTPLimits.readBytesMinUnderLoad)
        // The next pass begins with what the last one taught …
        node.eventLoop.run()
        #expect(table.readBytesMax == HTTPLimits.readBytesMinUnderLoad)
        table.noteRead()
        node.eventLoop.run()

        // … and a quiet one is forgotten at once.
        #expect(table.readBytesMax == HTTPLimits.readBytesMax)
    }

    @Test("follows what arrives, within that")
    func allocator() {
        var allocator = ReadAllocator(of: node.table)
        #expect(allocator.nextBufferSize() == 2 * HTTPLimits.readBytesMin)

        for _ in 0..<20 {
            let size = allocator.nextBufferSize() ?? 0
            #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity >= size)
            _ = allocator.record(actualReadBytes: size)
        }
        #expect(allocator.nextBufferSize() == HTTPLimits.readBytesMax)
        for _ in 0..<10_000 { node.table.noteRead() }
        #expect(allocator.nextBufferSize() == HTTPLimits.readBytesMinUnderLoad)
    }
}
