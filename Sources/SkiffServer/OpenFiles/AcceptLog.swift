internal import Accepting
internal import Glibc
internal import Logging

/// Says in the log when the HTTP server has as many connections as it may have, why, and when there is room again.
struct AcceptLog {
    let logger: Logger
    /// What this process may have open.
    let openFilesMax: Int
    /// What the operator allows.
    let connectionsConfigured: Int

    func note(_ event: AcceptEvent) {
        switch event {
        case .full(let connections):
            let reason =
                connections < connectionsConfigured
                ? "this process may have \(openFilesMax) files open: \(OpenFileBudget.advice)"
                : "limits.maxConnections allows no more"
            logger.warning(
                "refuses further connections until some have closed, but for questions about the state of this node",
                metadata: ["connections": "\(connections)", "reason": "\(reason)"])
        case .failed(let number):
            logger.error(
                "accepts no further connections until there is room again",
                metadata: ["reason": "\(String(cString: strerror(number)))"])
        case .resumed:
            logger.notice("accepts connections again")
        }
    }
}
