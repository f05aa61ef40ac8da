internal import Glibc

/// This program once more, in a process of its own, and what it printed.
struct ChildRun {
    /// The exit status; 128 and the number of the signal if one ended it.
    let status: Int32
    private let output: String

    /// Runs the program with `arguments` and waits for its end.
    init(_ arguments: [String]) throws {
        var pipe: [Int32] = [0, 0]
        guard Glibc.pipe(&pipe) == 0 else { throw SystemFailure(what: "open a pipe", number: errno) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, pipe[0])
        defer { posix_spawn_file_actions_destroy(&actions) }
        var words: [UnsafeMutablePointer<CChar>?] = (["skiff-sim"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let result = posix_spawn(&child, "/proc/self/exe", &actions, nil, &words, environ)
        close(pipe[1])
        guard result == 0 else {
            close(pipe[0])
            throw SystemFailure(what: "start the program again", number: result)
        }
        defer { close(pipe[0]) }
        output = String(decoding: try InputFile.rest(of: pipe[0]), as: UTF8.self)
        var ended: Int32 = 0
        while waitpid(child, &ended, 0) < 0, errno == EINTR {}
        status = ended & 0x7f == 0 ? (ended >> 8) & 0xff : 128 + (ended & 0x7f)
    }

    /// The seed that is to be replayed.
    var replayedSeed: UInt64? {
        let words = output.split(separator: "\n").last { $0.hasPrefix("replay: ") }?.split(separator: " ") ?? []
        return words.firstIndex(of: "--seed").flatMap { UInt64(words[$0 + 1]) }
    }

    /// The promise that was broken, in one line.
    var reason: String {
        let lines = output.split(separator: "\n")
        if let breach = lines.first(where: { $0.hasPrefix("BREACH: ") }) { return String(breach.dropFirst(8)) }
        return lines.first { $0.hasPrefix("BROKEN: ") }.map { String($0.dropFirst("BROKEN: ".count)) } ?? "it crashed"
    }
}
