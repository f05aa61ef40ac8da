internal import LoadGenerator

extension BenchFlags {
    init(_ target: TargetOptions, _ workload: WorkloadOptions, _ load: LoadOptions) {
        self.init()
        endpoints = target.endpoints
        spread = target.spread
        self.target = target.target
        mix = workload.mix
        self.workload = workload.workload
        keys = workload.keys
        keyPrefix = workload.keyPrefix
        distribution = workload.distribution
        valueSize = workload.valueSize
        batchSize = workload.batchSize
        isAtomic = workload.atomic
        consistency = workload.consistency
        fillsFirst = workload.fill
        verifies = workload.verify
        connections = load.connections
        pipeline = load.pipeline
        rate = load.rate
        warmup = load.warmup
        duration = load.duration
        requests = load.requests
        threads = load.threads
        seed = load.seed
        timeout = load.timeout
    }
}
