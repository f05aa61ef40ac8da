internal import KeyValue

/// The body of `POST /store`: `{"key":"k","value":<any JSON>}`, read as JSON whatever its content type says.
enum StoreDocument {
    private static let null: StaticString = "null"

    /// Checks the document, decodes its key into `key`, and returns the text of its value: a part of `document`, or
    /// `null` if there is none. Of several members with the same name the last one counts, as in Go; a `null` key
    /// counts as none.
    static func read(
        _ document: UnsafeRawBufferPointer, key: inout [UInt8]
    ) throws(APIError) -> UnsafeRawBufferPointer {
        key.removeAll(keepingCapacity: true)
        var value = UnsafeRawBufferPointer(start: null.utf8Start, count: null.utf8CodeUnitCount)
        var hasTTL = false
        var failure: JSONFailure?
        do throws(JSONFailure) {
            try JSONDocument.forEachMember(of: document) { member in
                if member.isNamed("key") {
                    if member.kind == .string {
                        key.removeAll(keepingCapacity: true)
                        if !JSONText.appendDecoded(member.stringContent, to: &key), failure == nil {
                            failure = .halfOfPair(field: "key")
                        }
                    } else if member.kind != .null, failure == nil {
                        failure = member.typeFailure(expected: "string", field: "key")
                    }
                } else if member.isNamed("value") {
                    value = member.value
                } else if member.isNamed("ttl") {
                    hasTTL = member.kind != .null
                }
            }
            if let failure { throw failure }
        } catch {
            throw .invalidJSON(error)
        }
        if hasTTL { throw .notSupported("the member 'ttl'") }
        guard value.count <= KeyValueLimits.valueBytesMax else { throw .valueTooLarge() }
        return value
    }
}

extension APIError {
    static func invalidJSON(_ failure: JSONFailure) -> APIError {
        var error = APIError(.invalidJSON, "the body is not the JSON that this route takes: \(failure.detail)")
        error.legacyMessage = failure.bindingText
        return error
    }
}
