internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import RaftCore

/// Why no connection came about, in words for people. NIO's own words are for programmers.
struct ConnectFailure {
    /// Such as "Connection refused".
    let cause: String
    /// What whoever gave the address can do.
    let advice: String

    /// `nodeID` names the node that tried to connect: its machine looks names up.
    init(_ error: any Error, by nodeID: NodeID) {
        cause = Self.cause(of: error)
        if error is TransportError {
            // Of the look-up of the name: nothing was tried.
            advice =
                "correct it, or see that the machine of \(nodeID) can look it up (DNS, /etc/hosts); "
                + "an IP address needs no look-up"
        } else if Self.isTimeout(error) {
            advice = "check the address, that the node runs, and what lies between"
        } else {
            advice = "check the address and that it runs"
        }
    }

    static func cause(of error: any Error) -> String {
        switch error {
        case let error as IOError:
            // NIO's description of a refused connection begins with "connection reset".
            return String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout(let limit):
            return "no connection within \(limit.nanoseconds / 1_000_000) ms"
        case let error as TransportError:
            return error.message
        case let error as NIOConnectionError:
            // A name may have several addresses.
            var causes: [String] = []
            for failure in error.connectionErrors {
                let cause = cause(of: failure.error)
                if !causes.contains(cause) { causes.append(cause) }
            }
            return causes.joined(separator: ", ")
        default:
            return String(describing: error).sentenceForLog
        }
    }

    private static func isTimeout(_ error: any Error) -> Bool {
        switch error {
        case ChannelError.connectTimeout: true
        case let error as NIOConnectionError: error.connectionErrors.contains { isTimeout($0.error) }
        default: false
        }
    }
}
