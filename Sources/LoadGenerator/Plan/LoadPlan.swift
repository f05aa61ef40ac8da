package import Bytes

/// What one run does: where the load goes, what it consists of, how fast it comes and when it ends.
///
/// A value that is complete before the first connection opens; `skiff bench` makes it from its flags, a test by hand.
package struct LoadPlan: Sendable {
    /// Which server's HTTP API is spoken.
    package var target: LoadTarget
    /// At least one.
    package var endpoints: [HostAndPort]
    package var spread: EndpointSpread
    /// Weights of the operations; at least one is above zero.
    package var mix: [WeightedOperation]
    package var keys: KeyPattern
    /// How many different keys there are, at least 1. Inserting workloads add keys behind these.
    package var keyCount: Int
    /// Text before the number of each key.
    package var keyPrefix: String
    package var valueSize: ValueSize
    /// Operations per request of the kind `batch`.
    package var batchSize: Int
    /// Whether a batch is applied as a whole or not at all.
    package var batchIsAtomic: Bool
    /// Passed on with every read; nil leaves it to the server.
    package var consistency: ReadConsistency?
    /// Open connections in all, over all endpoints.
    package var connections: Int
    /// Requests in flight per connection, at most.
    package var pipeline: Int
    /// Requests per second in all (open loop); nil sends the next request when an answer came (closed loop).
    package var rate: Double?
    /// Load before the measurement starts; nothing of it is counted.
    package var warmup: Duration
    package var ending: LoadEnding
    /// Threads of the generator, each with one event loop.
    package var threads: Int
    /// Fixes keys, values and the order of operations; the same seed and count give the same requests.
    package var seed: UInt64
    /// A request without an answer after this long counts as failed, and its connection is opened anew.
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

/// Which server's HTTP API is spoken.
package enum LoadTarget: String, Sendable, CaseIterable {
    /// `/v1/kv/{key}` and `/v1/batch`.
    case skiff
    /// `POST /store` and `GET`/`DELETE /store/{key}` with JSON bodies, which Skiff answers as well.
    case raftSample = "raft-sample"
    /// The gRPC gateway of etcd 3.5: `POST /v3/kv/put`, `range`, `deleterange` and `txn` with JSON and base64.
    case etcd
}

package enum EndpointSpread: String, Sendable, CaseIterable {
    /// The connections are dealt out over the endpoints in turn.
    case roundRobin = "round-robin"
    /// All connections go to the leader, which the endpoints are asked for; they follow it when it moves.
    case leader
}

package enum ReadConsistency: String, Sendable, CaseIterable {
    case linearizable
    case leader
    case stale
}

/// When a run ends by itself, warm-up excluded.
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

/// Which key the next operation takes, out of numbers `0..<keyCount`.
package enum KeyPattern: Sendable, Equatable {
    case uniform
    /// Scrambled Zipfian, as in YCSB: a few keys take most operations, spread over the whole range. 0 < theta < 1.
    case zipfian(theta: Double)
    /// 0, 1, 2, … over all connections together, from the start again at the end.
    case sequential
    /// `operationShare` of the operations go to the first `keyShare` of the keys; both in 0…1.
    case hotSet(keyShare: Double, operationShare: Double)
    /// Zipfian towards the key that was inserted last (YCSB D).
    case latest
}
