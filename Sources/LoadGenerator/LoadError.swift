/// Why a run could not take place. One line for the user.
package struct LoadError: Error, Sendable, Equatable {
    package enum Kind: Sendable {
        /// The plan cannot be carried out, whatever the servers do.
        case plan
        /// No endpoint answered; a later attempt may succeed.
        case unavailable
        case failed
    }

    package var message: String
    package var kind: Kind

    package init(_ message: String, _ kind: Kind = .failed) {
        self.message = message
        self.kind = kind
    }
}
