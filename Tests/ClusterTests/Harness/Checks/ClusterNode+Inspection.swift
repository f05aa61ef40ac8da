import Foundation
import Testing

extension ClusterNode {
    /// What `skiffd inspect` says of the node's directory, whether the node runs or not: an object for each line.
    func inspect(_ part: String) throws -> [[String: Any]] {
        let output = NodeLog(path: directory + ".inspection")
        let mark = output.mark()
        let process = try ChildProcess(
            ProcessLauncher.Launch(
                executable: try Programs.skiffd(), arguments: ["inspect", part, "--data-dir", directory, "--json"],
                environment: ProcessEnvironment.base, workingDirectory: directory, standardOutputPath: output.path,
                standardErrorPath: output.path + ".err"))
        process.expectEnd()
        try #require(process.waitForExit() == .code(0), "the directory of \(id) cannot be inspected")
        return try output.lines(since: mark).map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }
    }
}
