/// Why the HTTP server could not start.
package struct HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The address is in use, not of this machine, or not permitted.
        case cannotListen
    }

    package let code: Code
    /// Says what is wrong and what to do.
    package let message: String
    /// The address that was to be listened on.
    package let address: String

    package var description: String { message }
}
