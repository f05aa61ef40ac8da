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

/// The server whose HTTP API is used.
package enum LoadTarget: String, Sendable, CaseIterable {
    /// `/v1/kv/{key}` and `/v1/batch`.
    case skiff
    /// `POST /store` and `GET`/`DELETE /store/{key}` with JSON bodies, which Skiff answers as well.
    case raftSample = "raft-sample"
    /// The gRPC gateway of etcd 3.5: `POST /v3/kv/put`, `range`, `deleterange` and `txn` with JSON and base64.
    case etcd
}

package enum EndpointSpread: String, Sendable, CaseIterable {
    /// Connections are assigned to the endpoints in rotation.
    case roundRobin = "round-robin"
    /// All connections go to the leader, which is found by asking the endpoints; they follow it when it changes.
    case leader
}

package enum ReadConsistency: String, Sendable, CaseIterable {
    case linearizable
    case leader
    case stale
}

/// The end of a run that is not interrupted; warm-up excluded.
package enum LoadEnding: Sendable, Equatable {
    case after(Duration)
    /// After this many measured requests; a batch is one request.
    case afterRequests(Int)
}

/// How long values are. The bytes themselves are pseudo-random and do not compress.
package enum ValueSize: Sendable, Equatable {
    case fixed(Int)
    /// Uniform within the closed range.
    case range(ClosedRange<Int>)
    /// One of the sizes, each drawn with its weight.
    case weighted([WeightedSize])
}

package struct WeightedSize: Sendable, Equatable {
    package var bytes: Int
    package var weight: Double

    package init(bytes: Int, weight: Double) {
        self.bytes = bytes
        self.weight = weight
    }
}

/// How the key of the next operation is drawn from the numbers `0..<keyCount`.
package enum KeyPattern: Sendable, Equatable {
    case uniform
    /// Scrambled Zipfian, as in YCSB: a few keys take most operations, spread over the whole range. 0 < theta < 1.
    case zipfian(theta: Double)
    /// 0, 1, 2, … over all connections together; after the last one from 0 again.
    case sequential
    /// `operationShare` of the operations go to the first `keyShare` of the keys; both in 0…1.
    case hotSet(keyShare: Double, operationShare: Double)
    /// Zipfian towards the key that was inserted last (YCSB D).
    case latest
}
