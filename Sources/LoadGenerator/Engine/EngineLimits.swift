/// The limits of the generator: no answer and no plan may cost it unbounded memory or time.
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
    /// Decimal digits of a key's number, which also bound the number of keys.
    static let keyDigits = 10

    // MARK: Answers
    /// Status line and header fields together.
    static let headBytesMax = 64 << 10
    /// A body that has to be read; a longer one fails the connection.
    static let bodyBytesMax = 32 << 20
    /// The part of an error's body that is searched for its code.
    static let errorBodyBytesMax = 2_048
    /// Different reasons of failure that one event loop counts separately.
    static let failureReasonsMax = 64

    /// Refusals of one kind of operation, none of which a repetition can mend, after which a run without a success of
    /// that kind is given up.
    static let refusalsMax = 16

    // MARK: Times, in nanoseconds
    static let reopenDelayMin: UInt64 = 10_000_000
    static let reopenDelayMax: UInt64 = 500_000_000
    static let connectTimeoutMax: UInt64 = 2_000_000_000
    /// How often a loop checks for requests without an answer and for the end of a phase.
    static let sweepInterval: UInt64 = 20_000_000
    /// The step in which an open loop wakes up: in an idle process, a send may be this much later than its intended
    /// start.
    static let paceStep: UInt64 = 500_000
    /// A send of an open loop is late if it is later than its intended start by more than this although a place was
    /// free.
    static let lateSendMin: UInt64 = 1_000_000
    /// A sweep delayed by less than this does not count as held up; shared machines delay every process now and then.
    static let stallMin: UInt64 = 5_000_000
    /// A smaller total is no reason to distrust a run, however short the run is.
    static let stalledMin: UInt64 = 100_000_000
    /// A longer pause of the generator would look like a pause of the servers.
    static let longestStallMax: UInt64 = 500_000_000
    /// From the decision to start to the first request, so that all event loops are ready in time.
    static let startDelay: UInt64 = 2_000_000
    /// How long the search for a leader may take at the start.
    static let firstLeaderWait: UInt64 = 5_000_000_000
    static let leaderPollInterval: UInt64 = 500_000_000
    /// The least time between two searches for the leader after failures.
    static let leaderPollIntervalMin: UInt64 = 50_000_000
    /// A shorter wait for the last answers is not shown.
    static let drainShownMin: UInt64 = 500_000_000
    /// How long open requests are waited for after an interruption.
    static let interruptedDrain: UInt64 = 500_000_000
    /// Filling and reading back give up after this long without any success.
    static let retryWindow: UInt64 = 30_000_000_000
    /// For a server without linearizable reads: how long reading back asks again for a value that is not there yet.
    static let staleReadWindow: UInt64 = 5_000_000_000
    static let retryDelay: UInt64 = 50_000_000
    /// A run that ends after a number of requests is abandoned after this long without any answer.
    static let stallMax: UInt64 = 60_000_000_000
    /// Shorter times without a success are not compared between event loops.
    static let gapMin: UInt64 = 20_000_000
    /// Histograms cover latencies up to this from the start; longer ones make them grow.
    static let latencyTracked: UInt64 = 64_000_000_000

    // MARK: Filling and reading back
    static let fillBatchItemsMax = 128
    static let fillBatchBytesMax = 128 << 10
    /// Requests in flight per connection while filling and reading back, if the plan has fewer.
    static let pipelineOfReadingBack = 8
    /// Writes with an unknown outcome that one connection remembers individually.
    static let unknownWritesMax = 65_536
    static let examplesMax = 8

    // MARK: Validity, as shares
    static let lateShareMax = 0.01
    /// As a share of the measurement. Servers on the same machine delay a generator as well, but not this long.
    static let stalledShareMax = 0.05
    static let openLoopCPUShareMax = 0.90
    static let closedLoopCPUShareMax = 0.95
    /// As a share of the intended starts. With more unsent starts, latencies and errors cover too few requests.
    static let unsentShareMax = 0.01
    /// As a share of the gets or deletes. With more of them that find no key, they measure something else.
    static let missedShareMax = 0.5
    /// A thread that used more of a core than this had too much to do; one that used less got no processor.
    static let busyCPUShareMin = 0.7
}
