import ClusterControl
import HotPath
import KeyValue
import Synchronization

@testable import HTTPAPI

/// One request as a gateway was given it.
struct Submission {
    let tag: RequestTag
    /// Nil for a read.
    let header: CommandHeader?
    let contentType: String
    let key: [UInt8]
    let value: [UInt8]
    var group: SubmittedGroup?
}
