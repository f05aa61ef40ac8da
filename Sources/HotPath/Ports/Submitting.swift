package import KeyValue

/// The way of one HTTP event loop into the replica. `SubmissionGateway` fulfils it; tests of the HTTP side stand in for
/// it. Confined to its event loop; one dynamic call per request.
package protocol Submitting: AnyObject {
    /// The index of the loop's completion sink.
    var sink: UInt32 { get }
    /// Called, on the loop, when the first request of a burst was queued.
    var onBurstStarted: () -> Void { get set }
    /// Queues a write and copies its parts. False, with nothing taken, if the node is overloaded.
    func submitWrite(
        tag: RequestTag, header: CommandHeader, contentType: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) -> Bool
    /// Queues a group and copies its operations. False, with nothing taken, if the node is overloaded.
    func submitGroup(tag: RequestTag, header: GroupHeader, operations: UnsafeRawBufferPointer) -> Bool
    /// Queues a linearizable read. False, with nothing taken, if the node is overloaded.
    func submitRead(tag: RequestTag) -> Bool
    /// Posts what was queued since the last call.
    func postBurst()
}
