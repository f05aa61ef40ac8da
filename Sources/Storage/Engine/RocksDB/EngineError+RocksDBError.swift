internal import RocksDB

extension EngineError {
    init(_ error: RocksDBError) {
        self.init(operation: error.operation, kind: Kind(error.kind), message: error.message)
    }
}

extension EngineError.Kind {
    fileprivate init(_ kind: RocksDBError.Kind) {
        self =
            switch kind {
            case .corruption: .corruption
            case .ioError: .inputOutput
            case .noSpace: .noSpace
            case .locked: .locked
            case .incomplete: .incomplete
            case .compressionNotLinked: .compressionNotLinked
            case .otherLibrary: .otherLibrary
            case .closed: .closed
            case .invalidArgument, .notFound, .notSupported, .busy, .timedOut, .aborted, .shutdownInProgress,
                .columnFamilyDropped, .other:
                .other
            }
    }
}
