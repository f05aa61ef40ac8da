internal import LoadGenerator

extension BenchFlags {
    init(_ target: TargetOptions, _ workload: WorkloadOptions, _ load: LoadOptions) throws(UsageError) {
        self.init()
        endpoints = GivenFlag("--endpoints").list(target.endpoints)
        spread = try GivenFlag("--spread").single(target.spread)
        self.target = try GivenFlag("--target").single(target.target)
        mix = try GivenFlag("--mix").single(workload.mix)
        self.workload = try GivenFlag("--workload").single(workload.workload)
        keys = try GivenFlag("--keys").single(workload.keys)
        keyPrefix = try GivenFlag("--key-prefix").single(workload.keyPrefix)
        distribution = try GivenFlag("--distribution").single(workload.distribution)
        valueSize = try GivenFlag("--value-size").single(workload.valueSize)
        batchSize = try GivenFlag("--batch-size").single(workload.batchSize)
        isAtomic = try GivenFlag("--atomic").isSet(workload.atomic)
        consistency = try GivenFlag("--consistency").single(workload.consistency)
        fillsFirst = workload.fill
        verifies = try GivenFlag("--verify").isSet(workload.verify)
        connections = try GivenFlag("--connections").single(load.connections)
        pipeline = try GivenFlag("--pipeline").single(load.pipeline)
        rate = try GivenFlag("--rate").single(load.rate)
        warmup = try GivenFlag("--warmup").single(load.warmup)
        duration = try GivenFlag("--duration").single(load.duration)
        requests = try GivenFlag("--requests").single(load.requests)
        threads = try GivenFlag("--threads").single(load.threads)
        seed = try GivenFlag("--seed").single(load.seed)
        timeout = try GivenFlag("--timeout").single(load.timeout)
    }
}
