/// What a request of the load does; also the rows of the report.
package enum OperationKind: String, Sendable, CaseIterable {
    case get
    case put
    case delete
    /// Several puts in one request.
    case batch
    /// A put that succeeds only on the revision that was seen last; a failed condition is an answer and no error.
    case compareAndSet = "cas"
    /// A put of a key that is not there yet, behind the last one (YCSB D).
    case insert
    /// A get and, after its answer, a put of the same key, timed together (YCSB F).
    case readModifyWrite = "rmw"
}

package struct WeightedOperation: Sendable, Equatable {
    package var kind: OperationKind
    package var weight: Double

    package init(_ kind: OperationKind, weight: Double) {
        self.kind = kind
        self.weight = weight
    }
}
