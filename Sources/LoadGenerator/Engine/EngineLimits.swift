/// What the generator bounds, so that no answer and no plan makes it take memory or time without end.
enum EngineLimits {
    // MARK: Plans
    static let connectionsMax = 65_536
    static let pipelineMax = 4_096
    static let threadsMax = 64
    static let valueBytesMax = 16 << 20
    static let batchItemsMax = 100_000
    /// etcd refuses transactions with more operations, unless its `--max-txn-ops` says otherwise.
    static let etcdTransactionItemsMax = 128
    /// Two sequence numbers of four bytes are kept for each key: 80 MB at most.
    static let verifiedKeysMax = 10_000_000
    /// The digits of a key's number; more keys than this counts do not exist.
    static let keyDigits = 10

    // MARK: Answers
    /// Status line and header fields together.
    static let headBytesMax = 64 << 10
    /// A body that is of interest; a longer one fails the connection.
    static let bodyBytesMax = 32 << 20
    /// As much of an error's body as is searched for its code.
    static let errorBodyBytesMax = 2_048
    /// Different reasons of failure that are kept apart on one event loop.
    static let failureReasonsMax = 64

    // MARK: Times, in nanoseconds
    static let reopenDelayMin: UInt64 = 10_000_000
    static let reopenDelayMax: UInt64 = 500_000_000
    static let connectTimeoutMax: UInt64 = 2_000_000_000
    /// How often a loop looks for requests without an answer and for the end of a phase.
    static let sweepInterval: UInt64 = 20_000_000
    /// The step in which an open loop wakes up: what one send may be behind its start in an idle process.
    static let paceStep: UInt64 = 500_000
    /// A send of an open loop that is further behind its start than this, although a place was free, is late.
    static let lateSendMin: UInt64 = 1_000_000
    /// A sweep that comes less too late than this was not held up: every machine that is shared is so now and then.
    static let stallMin: UInt64 = 5_000_000
    /// Less in all is no reason to distrust a run, however short that is.
    static let stalledMin: UInt64 = 100_000_000
    /// A longer pause of the generator is seen as one of the servers.
    static let longestStallMax: UInt64 = 500_000_000
    /// From the decision to start to the first request, so that all event loops are there in time.
    static let startDelay: UInt64 = 2_000_000
    /// How long a leader may take to be found at the start.
    static let firstLeaderWait: UInt64 = 5_000_000_000
    static let leaderPollInterval: UInt64 = 500_000_000
    /// Between two looks for the leader that failures asked for.
    static let leaderPollIntervalMin: UInt64 = 50_000_000
    /// A wait for the last answers that is shorter is not shown.
    static let drainShownMin: UInt64 = 500_000_000
    /// What open requests get after an interruption.
    static let interruptedDrain: UInt64 = 500_000_000
    /// Filling and reading back give up after this long without any success.
    static let retryWindow: UInt64 = 30_000_000_000
    /// For a server without linearizable reads: how long a value that is not there yet is asked for again.
    static let staleReadWindow: UInt64 = 5_000_000_000
    static let retryDelay: UInt64 = 50_000_000
    /// A run that ends by a number of requests is given up after this long without any answer.
    static let stallMax: UInt64 = 60_000_000_000
    /// Pauses without success that are shorter are not compared between event loops.
    static let gapMin: UInt64 = 20_000_000
    /// Up to here a histogram counts without growing.
    static let latencyTracked: UInt64 = 64_000_000_000

    // MARK: Filling and reading back
    static let fillBatchItemsMax = 128
    static let fillBatchBytesMax = 128 << 10
    /// Requests in flight per connection while filling and reading back, if the plan has fewer.
    static let pipelineOfReadingBack = 8
    /// Writes with an unknown outcome that are remembered one by one, per connection.
    static let unknownWritesMax = 65_536
    static let examplesMax = 8

    // MARK: Validity, as shares
    static let lateShareMax = 0.01
    /// Of the measurement. Servers on the same machine keep a generator waiting as well, but not for so long.
    static let stalledShareMax = 0.05
    static let openLoopCPUShareMax = 0.90
    static let closedLoopCPUShareMax = 0.95
    /// Of the intended starts; with more that were never sent, latencies and errors tell of too few.
    static let unsentShareMax = 0.01
}
