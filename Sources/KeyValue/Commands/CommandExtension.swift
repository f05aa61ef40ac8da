/// The room for what later releases add to commands: fields between header and content type, or between the header of a
/// group and its operations. Each is its tag (1 byte), the size of its content in bytes (1 byte) and the content. This
/// release writes none, and refuses a command that has one: no field may be passed over, because it may change what
/// the command means. The feature level keeps such commands away from releases that do not know their tags.
package enum CommandExtension {
    /// Checks that the fields fill `bytes` and that this release knows their tags.
    static func check(_ bytes: UnsafeRawBufferPointer) throws(CodecError) {
        var offset = 0
        while offset < bytes.count {
            guard offset + 2 <= bytes.count, offset + 2 + Int(bytes[offset + 1]) <= bytes.count else {
                throw CodecError("a field of a command's extension is cut off")
            }
            offset += 2 + Int(bytes[offset + 1])
        }
        if let tag = bytes.first {
            throw CodecError("unknown tag \(tag) in a command's extension", isOfLaterRelease: true)
        }
    }
}
