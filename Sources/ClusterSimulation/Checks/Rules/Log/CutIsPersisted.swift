internal import HotPath
internal import RaftCore
internal import Storage

/// R8: what leaves the log on disk is in the state machine on disk, and what must still be known of it stays: its last
/// entry, and "the latest configuration in the log as of last included index" (paper, 7). So does what a snapshot needs
/// after it that a follower is being sent.
enum CutIsPersisted {
    static func breach(
        of point: CompactionPoint, by id: NodeID, persisted: LogIndex, shadow: ShadowLog
    ) -> String? {
        let last = point.lastIncluded
        if last.index > persisted {
            return "\(id) cuts its log off through \(last), and its data are on disk through \(persisted)"
        }
        if shadow.term(at: last.index) != last.term {
            return "\(id) cuts its log off through \(last), which is not in it"
        }
        guard point.configuration != shadow.configuration(at: last.index) else { return nil }
        return "\(id) cuts its log off through \(last) with another configuration than was in force there"
    }

    static func breach(
        of point: CompactionPoint, by id: NodeID, offering offers: [SimulatedSnapshots.Offer]
    ) -> String? {
        let last = point.lastIncluded
        for offer in offers {
            guard let offered = offer.snapshot?.lastIncluded, offered.index < last.index else { continue }
            return "\(id) cuts its log off through \(last), and sends \(offer.member) the snapshot of \(offered)"
        }
        return nil
    }
}
