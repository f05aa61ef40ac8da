/// The name of a column family in a node's database.
package enum StoreFamily: Hashable, Sendable {
    case log, metadata
    /// Key-value data. A node that takes in a snapshot gets a further one with the next number. One of them is in force
    /// (`DataFamilyRecord`); others are on their way in or out.
    case data(Int)

    /// The first family with key-value data, and the only one until a snapshot is taken in.
    package static let keyValue = StoreFamily.data(0)
    /// The families of a new database.
    package static let ofNewDatabase: [StoreFamily] = [.log, .metadata, .keyValue]

    private static let dataName = "kv"

    /// As the database on disk names it.
    package var name: String {
        switch self {
        case .log: "raft_log"
        case .metadata: "raft_meta"
        case .data(0): Self.dataName
        case .data(let number): "\(Self.dataName).\(number)"
        }
    }

    /// Nil for a name that no release gives a family.
    package init?(name: String) {
        switch name {
        case StoreFamily.log.name: self = .log
        case StoreFamily.metadata.name: self = .metadata
        case Self.dataName: self = .data(0)
        default:
            guard name.hasPrefix("\(Self.dataName)."), let number = Int(name.dropFirst(Self.dataName.utf8.count + 1)),
                number > 0, StoreFamily.data(number).name == name
            else { return nil }
            self = .data(number)
        }
    }

    /// The number of a family with key-value data; nil of others.
    package var dataNumber: Int? { if case .data(let number) = self { number } else { nil } }
}
