/// Every bound of the HTTP side, in one place. Limits on keys and values are `KeyValue.KeyValueLimits`, limits on what
/// waits in the replica are `HotPath.ReplicaLimits`.
package enum HTTPLimits {
    /// Request line and header fields together. The largest key, percent-encoded, fits.
    package static let headerBytesMax = 16 << 10
    package static let headerFieldsMax = 64
    /// A longer head is left to NIO's decoder, because `PlainHead` begins anew whenever a piece of a head arrives.
    package static let plainHeadBytesMax = 2 << 10
    /// The largest body of any request. A larger one is answered 413 and its connection closed.
    package static let requestBytesMax = 16 << 20
    /// The largest body of `/raft/join` and `/raft/remove`.
    package static let controlBytesMax = 64 << 10

    /// A connection with this many requests that are not answered is not read from …
    package static let pendingRequestsMax = 128
    /// … nor one with this many bytes that wait to be sent, in the socket's queue or as parts of answers to come.
    package static let queuedResponseBytesMax = 1 << 20
    /// Answers are handed to the socket in pieces of about this size.
    package static let writeBytesTarget = 256 << 10
    /// Bodies that are collected over all connections of one loop. Past it: 429 `overloaded`.
    package static let collectedBytesMax = 64 << 20

    /// Threads that read records which are not in memory, over all loops.
    package static let readThreads = 4
    /// Records that connections of one loop have asked of them and not answered with. Past it: 429 `overloaded`.
    package static let recordReadsMax = 8_192
    /// Beyond this many a connection asks for nothing but the record of its first request.
    package static let recordReadsAheadOfAllMax = 256
    /// The most that one thread takes at a time.
    package static let recordReadsPerPortion = 16
    /// How many requests of one connection ask for their records together.
    package static let recordReadsAheadMax = 8

    /// Requests that wait for the next digest of the data, over all loops. Past it: 429 `overloaded`.
    package static let digestsWaitingMax = 64

    /// Containers inside containers of a JSON document.
    package static let jsonDepthMax = 128

    /// Operations of `POST /v1/batch` that travel as one group unless `chunk=` says otherwise.
    package static let batchChunkOperations = 1_000
    /// Operations of one request that may be refused one by one; one more and nothing of the request is carried out.
    package static let batchFailuresMax = 1_000
    /// A user's name that an error repeats is cut to this many bytes.
    package static let quotedNameBytesMax = 64

    /// How often a loop looks for deadlines that have passed; also the precision of every timeout of this module.
    package static let sweepIntervalMilliseconds: Int64 = 100
    /// A loop whose sweep is this late has stood still, and does not blame clients for being slow.
    package static let stallMilliseconds: Int64 = 1_000
    /// Of a body that has not ended at least this much arrives in each window.
    package static let bodyBytesPerWindowMin = 5 << 10
    package static let bodyWindowMilliseconds: Int64 = 5_000
    /// After an answer that leaves part of a request unread, the rest is read and thrown away for this long, so that
    /// the answer reaches the client before the connection is reset.
    package static let lingerMilliseconds: Int64 = 2_000
    /// Waiting longer than this for a membership change is refused.
    package static let controlTimeoutMillisecondsMax: UInt64 = 300_000
    /// How long a comparison of all data may take if the request does not say.
    static let comparisonTimeoutMilliseconds: UInt64 = 60_000

    /// Connections beyond the limit. They get one answer, which is a refusal unless they ask for the state of the node,
    /// so that health checks reach a node whose connections are used up.
    package static let reserveConnectionsMax = 8
    /// Such a connection is closed after this, in whatever state it is …
    package static let reserveMilliseconds: Int64 = 2_000
    /// … and after this without a whole request if others may be waiting for its place.
    package static let reserveMillisecondsUnderLoad: Int64 = 250

    /// Connections that the kernel completes before they are accepted.
    package static let backlog: Int32 = 1_024
    /// Sizes of the read buffer of a connection, which follows what arrives.
    package static let readBytesMin = 2 << 10
    package static let readBytesMax = 64 << 10
    /// About how much a loop reads in one pass from all connections together …
    package static let passBytesTarget = 16 << 20
    /// … unless there are more than a thousand ready connections, each of which is read this much. Still less would cut
    /// requests of some kilobytes into pieces, which costs more in system calls than it spares others.
    package static let readBytesMinUnderLoad = 16 << 10

    /// How long a client should wait before it tries again.
    package static let retryAfterMilliseconds = 200
}
