package import HotPath
internal import KeyValue
internal import NIOCore
package import RaftCore

// Snapshots to and from peers, each over its own connection, which the receiver dials.
extension PeerTransport {
    /// Fetches the snapshot that `peer` has announced, into `sink`, in place of the fetch under way. `onEnd` is called
    /// on the loop, exactly once, never from inside this call; the sink is not called any more after it, though a call
    /// may still be under way, whose `done` has no effect.
    package func fetchSnapshot(
        _ request: SnapshotRequest, from peer: NodeID, into sink: any SnapshotSink,
        onEnd: @escaping (SnapshotFetchEnd) -> Void
    ) {
        loop.preconditionInEventLoop()
        precondition(peer != nodeID, "a node fetches a snapshot from itself")
        fetch?.cancel()
        let isolated = loop.assumeIsolated()
        guard state == .running else { return isolated.execute { onEnd(.cancelled) } }
        if let level = introduction(of: peer)?.featureLevel, level < SnapshotTransfer.featureLevel {
            let sentence =
                "\"\(peer.name.escapedForLog)\" runs a release that cannot send snapshots; upgrade it"
            return isolated.execute { onEnd(.failed(sentence)) }
        }
        let fetch = SnapshotFetch(request, from: peer, of: self, into: sink, onEnd: onEnd)
        self.fetch = fetch
        fetch.start()
    }

    /// Ends the fetch under way, if any, as `cancelled`.
    package func cancelSnapshotFetch() {
        loop.preconditionInEventLoop()
        fetch?.cancel()
    }

    /// The transfers under way, those that this node sends first.
    package var snapshotTransfers: [SnapshotProgress] {
        loop.assertInEventLoop()
        let now = loop.now
        let meters = uploads.all.filter(\.isActive).compactMap(\.meter) + [fetch?.meter].compactMap(\.self)
        return meters.map { $0.progress(now: now) }
    }

    // MARK: Connections

    /// Whether the other end of a connection for a snapshot may have it, or may send it. The checks of a link have
    /// passed.
    func judgeSnapshot(_ hello: Hello, _ introduction: PeerIntroduction, isDialled: Bool) -> Verdict {
        guard !isDialled else {
            // This node has asked for that node, and may lag so far that it knows it as no member.
            return introduction.featureLevel >= SnapshotTransfer.featureLevel
                ? .snapshot(introduction) : .refuse(.malformed, "its release cannot send snapshots; upgrade it")
        }
        guard let peer = peer(hello.nodeID), peer.isMember, !peer.isOther(hello.instance) else {
            return .refuse(.notMember, "snapshots are for members, and the node is none as far as is known here")
        }
        return .snapshot(introduction)
    }

    /// The handshake of a connection for a snapshot is done.
    func snapshotOpened(_ connection: PeerConnection, _ introduction: PeerIntroduction) {
        if let fetch = connection.dial?.fetch { return fetch.opened(connection) }
        // The former connection is broken, though this node has not noticed.
        for former in uploads.all where former.peer.nodeID == introduction.nodeID {
            former.end(.superseded, "the node has opened another connection for a snapshot")
        }
        let upload = SnapshotUpload(to: introduction, over: connection, of: self)
        connection.upload = upload
        uploads.add(upload)
    }

    func received(_ frame: SnapshotFrame, on connection: PeerConnection) throws(CodecError) {
        if let fetch = connection.dial?.fetch {
            try fetch.received(frame, on: connection)
        } else {
            try connection.upload?.received(frame)
        }
    }

    func snapshotConnectionEnded(_ connection: PeerConnection, _ end: PeerConnection.End) {
        connection.dial?.fetch?.connectionEnded(connection, end)
        connection.upload?.connectionEnded(end.sentence)
        connection.upload = nil
    }

    func fetchEnded(_ fetch: SnapshotFetch) { if self.fetch === fetch { self.fetch = nil } }

    /// Where the node listens, as far as is known here; else empty.
    func address(of id: NodeID) -> String {
        guard let peer = peer(id) else { return "" }
        return peer.address.isEmpty ? peer.addressLearned : peer.address
    }

    /// A node that is no member gets no more of a snapshot, nor another instance than the member.
    func endUploads(to id: NodeID, _ reason: CloseReason, _ sentence: String) {
        for upload in uploads.all where upload.peer.nodeID == id { upload.end(reason, sentence) }
    }
}
