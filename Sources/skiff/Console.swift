internal import Glibc
internal import LoadGenerator
internal import Programs

/// The two outputs of the program.
enum Console {
    /// One line on standard error.
    static func complain(_ message: String) { Complaint.write(message, by: "skiff") }

    /// Whether all of it was written. A reader that left early – `skiff bench | head` – is no failure.
    static func write(_ text: String) -> Bool {
        let problem = ReportFile.writeAll(text, to: STDOUT_FILENO)
        guard problem != 0, problem != EPIPE else { return true }
        complain("cannot write to standard output: \(String(cString: strerror(problem)))")
        return false
    }

    /// The colours and characters that the output at this descriptor can show.
    static func style(of descriptor: Int32, noColor: Bool) -> TextStyle {
        let refusesColor = noColor || !(variable("NO_COLOR") ?? "").isEmpty || variable("TERM") == "dumb"
        let isUnicode = TextStyle.isUnicode(
            lcAll: variable("LC_ALL"), lcCtype: variable("LC_CTYPE"), lang: variable("LANG"))
        return TextStyle(usesColor: isTerminal(descriptor) && !refusesColor, usesUnicode: isUnicode)
    }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Columns of the terminal at this descriptor; nil if there is none, or if it does not say.
    static func width(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
