internal import Bytes

/// Reports what a plan asks for and cannot get, before anything is connected.
enum PlanCheck {
    static func check(_ plan: LoadPlan) throws(LoadError) {
        try checkSizes(plan)
        try checkWorkload(plan)
        try checkTarget(plan)
        if plan.verifies { try checkVerification(plan) }
    }

    private static func require(_ condition: Bool, _ message: String) throws(LoadError) {
        if !condition { throw LoadError(message, .plan) }
    }

    private static func checkSizes(_ plan: LoadPlan) throws(LoadError) {
        try require(!plan.endpoints.isEmpty, "the plan names no endpoint")
        for endpoint in plan.endpoints {
            try require((1...65_535).contains(endpoint.port), "\(endpoint) has no valid port")
        }
        let connectionsMax = EngineLimits.connectionsMax
        try require(
            (1...connectionsMax).contains(plan.connections), "the number of connections must be 1 to \(connectionsMax)")
        let pipelineMax = EngineLimits.pipelineMax
        try require((1...pipelineMax).contains(plan.pipeline), "the pipeline must be 1 to \(pipelineMax) requests")
        let threadsMax = EngineLimits.threadsMax
        try require((1...threadsMax).contains(plan.threads), "the number of threads must be 1 to \(threadsMax)")
        if let rate = plan.rate { try require(rate.isFinite && rate > 0 && rate <= 1e8, "the rate must be above 0") }
        try require(plan.timeout.nanoseconds > 0, "the timeout must be above 0")
        switch plan.ending {
        case .after(let duration): try require(duration.nanoseconds > 0, "the duration must be above 0")
        case .afterRequests(let count): try require(count > 0, "the number of requests must be above 0")
        }
    }

    private static func checkWorkload(_ plan: LoadPlan) throws(LoadError) {
        let weightsAreValid = plan.mix.allSatisfy { $0.weight.isFinite && $0.weight >= 0 }
        try require(weightsAreValid && plan.uses { _ in true }, "the mix needs an operation with a weight above 0")
        try require(
            plan.keyCount >= 1 && plan.keyCount <= 4_000_000_000, "the number of keys must be 1 to 4,000,000,000")
        let isPlain = plan.keyPrefix.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 != 0x7F }
        try require(isPlain, "the key prefix must not contain quotes, backslashes or control characters")
        try require(plan.keyPrefix.utf8.count <= 4_000, "the key prefix is too long")
        let sizes = plan.valueSize
        try require(sizes.smallest >= 0, "the size of a value cannot be below 0")
        try require(
            sizes.largest <= EngineLimits.valueBytesMax, "values can have at most \(EngineLimits.valueBytesMax) bytes")
        try require(sizes.isDrawable, "the value sizes need a weight above 0")
        if plan.uses({ $0 == .batch }) {
            let itemsMax = EngineLimits.batchItemsMax
            try require((1...itemsMax).contains(plan.batchSize), "a batch must have 1 to \(itemsMax) operations")
            try require(plan.batchSize <= plan.keyCount, "a batch must not have more operations than there are keys")
        }
        switch plan.keys {
        case .zipfian(let theta):
            try require(theta > 0 && theta < 1, "the theta of a Zipfian distribution must be between 0 and 1")
        case .hotSet(let keyShare, let operationShare):
            try require(
                (0...1).contains(keyShare) && (0...1).contains(operationShare), "the shares of a hot set must be 0 to 1"
            )
        case .uniform, .sequential, .latest:
            break
        }
    }

    private static func checkTarget(_ plan: LoadPlan) throws(LoadError) {
        switch plan.target {
        case .skiff:
            break
        case .raftSample:
            try require(!plan.uses { $0 == .batch }, "the target raft-sample has no batches")
            try require(!plan.uses { $0 == .compareAndSet }, "the target raft-sample has no compare-and-set")
            try require(plan.consistency == nil, "the target raft-sample cannot choose the consistency of reads")
        case .etcd:
            if plan.uses({ $0 == .batch }) {
                let itemsMax = EngineLimits.etcdTransactionItemsMax
                try require(
                    plan.batchSize <= itemsMax, "etcd takes at most \(itemsMax) operations in one transaction")
            }
        }
    }

    /// Verification needs values long enough for their mark, and enough keys for each connection to find one to write.
    private static func checkVerification(_ plan: LoadPlan) throws(LoadError) {
        try require(
            plan.valueSize.smallest >= ValueMark.byteCount,
            "verification needs values of at least \(ValueMark.byteCount) bytes")
        let keysMax = EngineLimits.verifiedKeysMax
        try require(plan.keyCount <= keysMax, "verification is possible for at most \(keysMax) keys")
        let keysMin = plan.writesInFlightMax
        try require(
            plan.keyCount >= keysMin,
            "verification needs a key for each write in flight: \(keysMin) keys, and there are \(plan.keyCount)")
    }
}
