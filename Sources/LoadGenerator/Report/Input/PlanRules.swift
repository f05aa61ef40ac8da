/// Combinations that a plan must not have. Each rule is one line of error that names the flags.
enum PlanRules {
    static func check(_ plan: LoadPlan, flags: BenchFlags) throws(UsageError) {
        try checkTarget(plan)
        try checkBatch(plan, flags: flags)
        try checkConnections(plan)
        try checkKeys(plan, flags: flags)
        if plan.verifies { try checkVerification(plan) }
    }

    private static func checkTarget(_ plan: LoadPlan) throws(UsageError) {
        guard plan.target == .raftSample else { return }
        // Its interface has only single keys, and neither revisions nor read modes.
        for kind in [OperationKind.batch, .compareAndSet] where has(plan, kind) {
            throw UsageError("--target raft-sample knows no \(kind.rawValue); use get, put, delete, insert or rmw")
        }
        if plan.consistency != nil {
            throw UsageError("--target raft-sample reads one way only; leave --consistency out")
        }
    }

    private static func checkBatch(_ plan: LoadPlan, flags: BenchFlags) throws(UsageError) {
        guard !has(plan, .batch) else {
            if plan.batchSize > plan.keyCount {
                throw UsageError("--batch-size \(plan.batchSize) is more than --keys \(plan.keyCount)")
            }
            if plan.target == .etcd, plan.batchSize > 128 {
                throw UsageError("--batch-size \(plan.batchSize): etcd takes at most 128 operations in a transaction")
            }
            return
        }
        if flags.batchSize != nil { throw UsageError("--batch-size needs batch in --mix or --workload") }
        if flags.isAtomic { throw UsageError("--atomic needs batch in --mix or --workload") }
    }

    private static func checkConnections(_ plan: LoadPlan) throws(UsageError) {
        if plan.spread == .roundRobin, plan.connections < plan.endpoints.count {
            throw UsageError(
                "--connections \(plan.connections) leaves out some of the \(plan.endpoints.count) endpoints")
        }
        if plan.threads > plan.connections {
            throw UsageError("--threads \(plan.threads) is more than --connections \(plan.connections)")
        }
        if case .afterRequests(let count) = plan.ending, let rate = plan.rate, Double(count) / rate > 604_800 {
            throw UsageError("--requests \(count) at --rate \(Decimals.plain(rate)) takes more than a week")
        }
    }

    /// Verification needs values long enough for their mark, and a key for each write that can be in flight.
    private static func checkVerification(_ plan: LoadPlan) throws(UsageError) {
        if plan.valueSize.smallest < ValueMark.byteCount {
            throw UsageError("--verify needs a --value-size of at least \(ValueMark.byteCount)")
        }
        if plan.keyCount > EngineLimits.verifiedKeysMax {
            throw UsageError("--verify takes at most \(Decimals.grouped(UInt64(EngineLimits.verifiedKeysMax))) --keys")
        }
        let writesInFlight = plan.writesInFlightMax
        if plan.keyCount < writesInFlight {
            throw UsageError(
                "--verify needs a key for each write in flight: --keys \(writesInFlight), or fewer --connections"
            )
        }
    }

    private static func checkKeys(_ plan: LoadPlan, flags: BenchFlags) throws(UsageError) {
        if plan.keyPrefix.utf8.count > 256 { throw UsageError("--key-prefix is at most 256 bytes") }
        if plan.keyPrefix.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            throw UsageError("--key-prefix must not contain control characters")
        }
        if plan.keyPrefix.contains(where: { $0 == "\"" || $0 == "\\" }) {
            throw UsageError("--key-prefix must not contain quotes or backslashes")
        }
        let readsOnly = plan.mix.allSatisfy { $0.kind == .get }
        if plan.verifies, readsOnly, !plan.fillsFirst {
            throw UsageError("--verify has nothing to verify: the load writes nothing and --no-fill was given")
        }
        if flags.valueSize != nil, !plan.fillsFirst, plan.mix.allSatisfy({ $0.kind == .get || $0.kind == .delete }) {
            throw UsageError("--value-size has no effect: the load writes nothing and --no-fill was given")
        }
    }

    private static func has(_ plan: LoadPlan, _ kind: OperationKind) -> Bool {
        plan.mix.contains { $0.kind == kind }
    }
}
