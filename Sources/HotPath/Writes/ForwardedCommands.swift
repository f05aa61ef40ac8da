package import KeyValue
package import NIOCore

/// Checks commands that another node forwarded: an entry that carries a malformed command would stop every node that
/// applies it.
package enum ForwardedCommands {
    package static func validate(_ commands: ByteBuffer, count: Int) throws(CodecError) {
        guard count > 0, count <= ReplicaLimits.forwardCommandsMax else {
            throw CodecError("\(count) forwarded commands are not within 1...\(ReplicaLimits.forwardCommandsMax)")
        }
        var problem: CodecError?
        var found = 0
        commands.withUnsafeReadableBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                do throws(CodecError) {
                    let command = try CommandView(decoding: UnsafeRawBufferPointer(rebasing: bytes[offset...]))
                    offset += command.encodedBytes
                    found += 1
                } catch {
                    problem = error
                    return
                }
            }
        }
        if let problem { throw problem }
        guard found == count else { throw CodecError("\(found) forwarded commands where \(count) were stated") }
    }
}
