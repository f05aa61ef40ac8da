/// Why a node did not start: one line for its operator, who can do something about it.
package struct StartFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
