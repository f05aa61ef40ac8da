internal import Glibc
internal import NIOCore
internal import NIOPosix

extension FailureReason {
    /// The failure of a socket that had worked.
    init(ofSocket error: any Error) {
        switch (error as? IOError)?.errnoCode {
        case ECONNRESET, EPIPE: self = .reset
        case ETIMEDOUT: self = .timeout
        case .some(let code): self = .badAnswer("socket error \(code)")
        case nil: self = .closed
        }
    }

    /// The failure of an attempt to connect.
    init(ofConnecting error: any Error) {
        if case .connectTimeout = error as? ChannelError {
            self = .connectTimeout
        } else if let failure = error as? NIOConnectionError {
            if let first = failure.connectionErrors.first {
                self = FailureReason(ofConnecting: first.error)
            } else {
                self = .connecting("the name does not resolve")
            }
        } else if let failure = error as? IOError {
            switch failure.errnoCode {
            case ECONNREFUSED: self = .refused
            case ECONNRESET: self = .reset
            case ETIMEDOUT: self = .connectTimeout
            default: self = .connecting(String(cString: strerror(failure.errnoCode)))
            }
        } else {
            self = .connecting("\(error)")
        }
    }
}
