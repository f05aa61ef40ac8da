internal import HotPath
internal import Logging
internal import RaftCore

/// Says in the log what an operator must hear of the replica.
struct TroubleLog {
    let logger: Logger
    let localID: NodeID

    func note(_ trouble: Trouble) {
        switch trouble {
        case .dataLoss(let loss): note(loss)
        case .unknownEntry(let entry, let known):
            logger.error(
                """
                the leader sends entry \(entry.index), which needs feature level \(entry.featureLevel), and this \
                release knows levels through \(known): this node takes nothing from there on and does not campaign. \
                Start the release that the others run
                """)
        case .dataDiffer(let verdict, let isOwn):
            logger.error("data_differ: \(isOwn ? verdict.sentenceOfSuspect : verdict.sentence)")
        case .unreadableData(let failure): logger.error("data_unreadable: \(failure.sentenceOfUnreadableData)")
        case .stalledLog(let nanoseconds):
            logger.warning(
                """
                the disk has not answered the log thread for \(nanoseconds / 1_000_000) ms: this node does not lead \
                before it does. Look at the disk of the data directory
                """)
        }
    }

    private func note(_ loss: DataLoss) {
        let isOwn = loss.node == localID
        let name = isOwn ? "this node" : loss.node.name
        switch loss.stage {
        case .found(let has):
            logger.log(
                level: isOwn ? .error : .warning,
                """
                lost_data: \(name) had acknowledged entries through \(loss.acknowledged) and has them through \(has). \
                It counts in no majority and gives no vote until it has them again; they are being sent. Find out why \
                its directory or its disk went back
                """)
        case .repaired:
            logger.notice("lost_data: \(name) has the entries through \(loss.acknowledged) again")
        }
    }
}
