package import Bytes

/// The plan of one run: where the load goes, which operations it has, how fast it is and when it ends.
///
/// A value that is complete before the first connection opens. `skiff bench` makes it from its flags; tests make it
/// directly.
package struct LoadPlan: Sendable {
    /// The server whose HTTP API is used.
    package var target: LoadTarget
    /// At least one.
    package var endpoints: [HostAndPort]
    package var spread: EndpointSpread
    /// Weights of the operations; at least one is above zero.
    package var mix: [WeightedOperation]
    package var keys: KeyPattern
    /// The number of different keys, at least 1. Inserting workloads add keys after these.
    package var keyCount: Int
    /// Text before the number of each key.
    package var keyPrefix: String
    package var valueSize: ValueSize
    /// Operations per request of the kind `batch`.
    package var batchSize: Int
    /// Whether a batch is applied as a whole or not at all.
    package var batchIsAtomic: Bool
    /// Sent with every read; nil leaves it to the server.
    package var consistency: ReadConsistency?
    /// Open connections in total, over all endpoints.
    package var connections: Int
    /// The most requests in flight per connection.
    package var pipeline: Int
    /// Requests per second in total (open loop); nil sends the next request when an answer has arrived (closed loop).
    package var rate: Double?
    /// Duration of the load before the measurement, which does not count.
    package var warmup: Duration
    package var ending: LoadEnding
    /// Threads of the generator, each with one event loop.
    package var threads: Int
    /// Determines keys, values and the order of operations; the same seed and count give the same requests.
    package var seed: UInt64
    /// A request without an answer after this time counts as failed, and its connection is opened again.
    package var timeout: Duration
    /// Whether every key's last acknowledged write is read back after the run.
    package var verifies: Bool
    /// Whether every key is written once before the warm-up, so that reads find something.
    package var fillsFirst: Bool

    package init(endpoints: [HostAndPort]) {
        target = .skiff
        self.endpoints = endpoints
        spread = .roundRobin
        mix = [WeightedOperation(.put, weight: 1)]
        keys = .uniform
        keyCount = 1_000_000
        keyPrefix = "key"
        valueSize = .fixed(256)
        batchSize = 100
        batchIsAtomic = false
        consistency = nil
        connections = 64
        pipeline = 1
        rate = nil
        warmup = .seconds(2)
        ending = .after(.seconds(10))
        threads = 1
        seed = 1
        timeout = .seconds(10)
        verifies = false
        fillsFirst = false
    }
}
