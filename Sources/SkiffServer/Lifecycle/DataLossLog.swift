internal import Logging
internal import RaftCore

/// Says in the log that a member lost what it had acknowledged, and when it has it again.
struct DataLossLog {
    let logger: Logger
    let localID: NodeID

    func note(_ loss: DataLoss) {
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
