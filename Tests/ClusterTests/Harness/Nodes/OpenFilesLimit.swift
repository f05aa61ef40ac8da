/// How many files a process may have open.
struct OpenFilesLimit: Sendable {
    var soft: Int
    var hard: Int

    /// The words that start a program with this limit: the shell replaces itself by the program.
    var wrapper: [String] {
        ["/bin/sh", "-c", "ulimit -Sn \(soft) && ulimit -Hn \(hard) && exec \"$@\"", "sh"]
    }
}
