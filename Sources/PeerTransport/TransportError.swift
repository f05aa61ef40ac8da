/// An operation of the transport that its caller waits for has failed.
package struct TransportError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The listener could not be opened.
        case bindFailed
        /// An address is not `host:port`.
        case invalidAddress
        /// No connection could be opened, or it closed before the answer.
        case unreachable
        /// Something answers there that is no peer.
        case noPeer
        /// The answer is one of another protocol version, or cannot be understood.
        case incompatible
        /// The peer, or this node, refused after the handshake.
        case refused
        case timeout
        /// This transport is stopped.
        case shutDown
    }

    package let code: Code
    /// A sentence that says what is wrong and, where something can be done, what to do. Strings of peers are escaped.
    package let message: String
    /// The address that the operation was about.
    package let address: String
    /// The operating system's error number, 0 if there is none.
    package let errorNumber: Int32
    /// An adoption was asked for before this happened, so that it may have been carried out, or may still be.
    package internal(set) var mayHaveTakenEffect = false

    package init(_ code: Code, _ message: String, address: String, errorNumber: Int32 = 0) {
        self.code = code
        self.message = message
        self.address = address
        self.errorNumber = errorNumber
    }

    package var description: String { message }
}
