/// The consent of whoever can write into a node's directory that the node gives up its history, users' data included:
/// a token in a file there. A leader that asks the node to come over carries it as proof. It is used up by that.
///
/// The peer port is open to whoever reaches it, so nothing that arrives there is consent in itself.
package enum Consent {
    static let fileName = "skiff.consent"
    /// A token has 32 hexadecimal digits.
    static let bytesMax = 64

    /// Writes the token into the directory, in place of one that may be there. The node may run. Throws if the
    /// directory is not that of a node.
    package static func give(
        _ token: String, in directory: String, on system: any FileSystem = SystemFiles()
    ) throws(StorageError) {
        let files = DirectoryFiles(directory, system)
        guard try files.kind(of: "\(directory)/\(DataDirectory.markerName)") != .absent else {
            throw StorageError(
                code: .foreignDirectory, directory: directory,
                message: "no node has its data there. Give the directory of the node that is to give up its data.")
        }
        try files.replace(fileName, with: token)
    }

    /// Whether this is the token.
    static func isGiven(_ token: String, _ files: DirectoryFiles) throws(StorageError) -> Bool {
        guard !token.isEmpty,
            let given = try files.content(of: "\(files.directory)/\(fileName)", bytesMax: bytesMax + 1)
        else { return false }
        let claimed = Array(token.utf8)
        // Takes as long for a good guess as for a bad one.
        var difference = UInt8(given.count == claimed.count && given.count <= bytesMax ? 0 : 1)
        for place in given.indices { difference |= given[place] ^ (place < claimed.count ? claimed[place] : 0) }
        return difference == 0
    }

    /// After this nobody can use it again, whatever fails.
    static func useUp(_ files: DirectoryFiles) throws(StorageError) { try files.remove(fileName) }
}
