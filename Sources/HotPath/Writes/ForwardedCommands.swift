package import KeyValue
package import NIOCore

/// Checks commands that another node forwarded: an entry that carries a malformed command would stop every node that
/// applies it.
package enum ForwardedCommands {
    package static func validate(_ commands: ByteBuffer, count: Int) throws(CodecError) {
        guard count > 0, count <= ReplicaLimits.forwardCommandsMax else {
            throw CodecError("\(count) forwarded commands are not within 1...\(ReplicaLimits.forwardCommandsMax)")
        }
        let found = try commands.readableBytesSpan.withUnsafeBytes { bytes throws(CodecError) in
            try CommandView.count(in: bytes)
        }
        guard found == count else { throw CodecError("\(found) forwarded commands where \(count) were stated") }
    }
}
