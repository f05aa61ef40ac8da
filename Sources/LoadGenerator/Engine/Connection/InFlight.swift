/// A request that was sent and has no answer yet. It holds no references, so queueing it costs no more than a copy.
struct InFlight {
    /// The purpose of a request.
    enum Purpose: UInt8 {
        /// Part of the load; counted if it began within the measurement.
        case load, warmUp
        case fill
        case readBack
    }

    /// The progress of an operation of two requests. Other operations consist of one.
    enum Step: UInt8 { case only, reading, writing }

    var kind: OperationKind
    var purpose: Purpose
    var step: Step
    /// The key; for a batch of the filling phase its first key.
    var key: UInt64
    /// Operations in the request.
    var itemCount: UInt32
    /// The intended start of the operation. When reading back, the time to give up; 0 as long as nothing failed.
    var intended: UInt64
    /// When the operation began, and when this request was sent.
    var began: UInt64
    var sent: UInt64
    /// For a conditional put.
    var revision: UInt64
    /// In a verified run, the number of this write of its key; known from the first step on.
    var writeSequence: UInt32 = 0

    var wireRequest: WireRequest {
        switch (kind, step) {
        case (.batch, _): .batch(items: Int(itemCount))
        case (.get, _), (_, .reading): .get
        case (.compareAndSet, _): .conditionalPut
        case (.delete, _): .delete
        case (.put, _), (.insert, _), (.readModifyWrite, _): .put
        }
    }

    /// Whether this request itself changes its key.
    var writes: Bool { wireRequest != .get }
}
