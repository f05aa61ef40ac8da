/// The kinds of operations of a load; each has a row in the report.
package enum OperationKind: String, Sendable, CaseIterable {
    case get
    case put
    case delete
    /// Several puts in one request.
    case batch
    /// A put that succeeds only on the revision read before; a failed condition is not an error.
    case compareAndSet = "cas"
    /// A put of a new key, after the last one (YCSB D).
    case insert
    /// A get and, after its answer, a put of the same key, timed together (YCSB F).
    case readModifyWrite = "rmw"
}
