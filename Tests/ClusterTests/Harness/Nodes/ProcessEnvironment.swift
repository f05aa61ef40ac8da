import Foundation

/// The variables that a node's process inherits from the test: those that any program needs, and no settings.
enum ProcessEnvironment {
    static let base: [String: String] = ProcessInfo.processInfo.environment.filter { name, _ in
        ["PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH"].contains(name)
    }
}
