import Foundation
import Testing

/// The paths of the programs under test.
enum Programs {
    struct NotFound: Error, CustomStringConvertible {
        let description: String
    }

    /// The server: the file named by the variable `SKIFFD`, otherwise the one next to this test bundle.
    static func skiffd() throws -> String { try program("skiffd", namedBy: "SKIFFD") }

    /// The program with the load generator, found in the same way.
    static func skiff() throws -> String { try program("skiff", namedBy: "SKIFF") }

    private static func program(_ name: String, namedBy variable: String) throws -> String {
        if let path = ProcessInfo.processInfo.environment[variable], !path.isEmpty {
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw NotFound(description: "\(variable) names \(path), which is no program")
            }
            return URL(filePath: path).standardizedFileURL.path()
        }
        let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        let folders = [bundle.deletingLastPathComponent(), Bundle.main.bundleURL, Bundle.main.bundleURL.parent]
        let candidates = folders.map { $0.appending(path: name).path() }
        guard let path = candidates.first(where: FileManager.default.isExecutableFile) else {
            throw NotFound(description: "no \(name) in \(candidates): build it, or name it in \(variable)")
        }
        return path
    }

    /// Starts a program in another working directory.
    static let env = "/usr/bin/env"

    /// Starts a program so that it is killed when the thread that started it ends; nil where this tool is missing.
    static let setpriv: String? = ["/usr/bin/setpriv", "/bin/setpriv"].first(
        where: FileManager.default.isExecutableFile)
}

extension URL {
    fileprivate var parent: URL { deletingLastPathComponent() }
}
