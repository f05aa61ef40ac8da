package import KeyValue
internal import NIOCore
package import RaftCore

extension Entry {
    /// Checks what a node looks at when it applies the entry: one that is malformed inside would stop every node, at
    /// each start again. Returns the configuration that it holds. An entry of a later release is not checked: it is
    /// refused before it is appended, and may hold anything.
    package func checkContent() throws(CodecError) -> Configuration? {
        if featureLevel > FeatureLevel.release { return kind == .configuration ? readableConfiguration : nil }
        switch kind {
        case .commands:
            let found = try encoded.readableBytesSpan.withUnsafeBytes { bytes throws(CodecError) in
                try CommandView.count(in: UnsafeRawBufferPointer(rebasing: bytes[Self.headerBytes...]))
            }
            guard found == commandCount else {
                throw CodecError("entry \(id.index) states \(commandCount) commands and holds \(found)")
            }
            return nil
        case .configuration:
            let configuration = try ConfigurationCodec.decode(payload)
            guard configuration.featureLevel == featureLevel else {
                throw CodecError(
                    """
                    entry \(id.index) needs feature level \(featureLevel), and its configuration brings \
                    \(configuration.featureLevel) into force
                    """)
            }
            return configuration
        case .comparison:
            _ = try KeyRange(payload: payload)
            return nil
        case .verdict:
            _ = try Verdict(payload: payload)
            return nil
        case .noop, .unknown: return nil
        }
    }

    /// Nil if this release cannot read it.
    private var readableConfiguration: Configuration? {
        do throws(CodecError) {
            return try ConfigurationCodec.decode(payload)
        } catch {
            return nil
        }
    }
}
