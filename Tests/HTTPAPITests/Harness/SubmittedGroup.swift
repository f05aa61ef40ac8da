import ClusterControl
import HotPath
import KeyValue
import Synchronization

@testable import HTTPAPI

/// A group as a gateway was given it.
struct SubmittedGroup {
    struct Operation: Equatable {
        let kind: CommandKind
        let valueType: ValueType
        let key: [UInt8]
        let value: [UInt8]

        static func put(_ key: String, _ value: String, _ type: ValueType = .bytes) -> Operation {
            Operation(kind: .put, valueType: type, key: Array(key.utf8), value: Array(value.utf8))
        }

        static func delete(_ key: String) -> Operation {
            Operation(kind: .delete, valueType: .bytes, key: Array(key.utf8), value: [])
        }
    }

    let hasOneRevision: Bool
    let operations: [Operation]
}
