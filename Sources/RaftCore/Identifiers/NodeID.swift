/// The name of a node, chosen by its operator and unique in its cluster. It is the node's identity and never changes;
/// an address is only an attribute of a member.
package struct NodeID: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let name: String

    package init(_ name: String) { self.name = name }
    package init(stringLiteral name: String) { self.name = name }

    package static func < (left: NodeID, right: NodeID) -> Bool { left.name < right.name }

    package var description: String { name }
}
