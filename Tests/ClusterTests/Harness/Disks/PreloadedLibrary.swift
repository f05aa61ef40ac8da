import Foundation
import Testing

/// A library that is loaded into a node, where it stands between the node and the system.
struct PreloadedLibrary {
    let path: String

    /// Whether this machine can build one.
    static let isAvailable = ["clang", "cc"].contains { compiler in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: String($0).appending(path: compiler))
        }
    }

    /// Compiles a source text in C.
    init(_ name: String, source: String, in directory: TemporaryDirectory) throws {
        let sourcePath = directory.path.appending(path: "\(name).c")
        let output = directory.path.appending(path: "\(name).out")
        path = directory.path.appending(path: "\(name).so")
        try writeFile(sourcePath, source)
        let compiler = try ChildProcess(
            ProcessLauncher.Launch(
                executable: Programs.env,
                arguments: [
                    "sh", "-c", #"$(command -v clang || command -v cc) -shared -fPIC -o "$0" "$1" -ldl"#, path,
                    sourcePath,
                ],
                environment: ProcessEnvironment.base, workingDirectory: directory.path, standardOutputPath: output,
                standardErrorPath: output))
        compiler.expectEnd()
        try #require(compiler.waitForExit(within: .seconds(60)) == .code(0), "the library was not built")
    }
}
