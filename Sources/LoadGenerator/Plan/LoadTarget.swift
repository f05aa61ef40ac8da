/// The server whose HTTP API is used.
package enum LoadTarget: String, Sendable, CaseIterable {
    /// `/v1/kv/{key}` and `/v1/batch`.
    case skiff
    /// `POST /store` and `GET`/`DELETE /store/{key}` with JSON bodies, which Skiff answers as well.
    case raftSample = "raft-sample"
    /// The gRPC gateway of etcd 3.5: `POST /v3/kv/put`, `range`, `deleterange` and `txn` with JSON and base64.
    case etcd
}
