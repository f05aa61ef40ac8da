internal import Glibc

/// A moment of the wall clock as it stands in the log: UTC, ISO 8601, with milliseconds.
struct LogTime: Hashable, CustomStringConvertible {
    let secondsSince1970: Int
    let milliseconds: Int

    init(secondsSince1970: Int, milliseconds: Int) {
        self.secondsSince1970 = secondsSince1970
        self.milliseconds = milliseconds
    }

    static func now() -> LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(secondsSince1970: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    var description: String {
        var seconds: time_t = secondsSince1970
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = "\(Self.digits(Int(parts.tm_year) + 1_900, 4))-\(Self.digits(parts.tm_mon + 1))-"
        let clock = "\(Self.digits(parts.tm_hour)):\(Self.digits(parts.tm_min)):\(Self.digits(parts.tm_sec))"
        return date + "\(Self.digits(parts.tm_mday))T\(clock).\(Self.digits(milliseconds, 3))Z"
    }

    private static func digits(_ number: some BinaryInteger, _ count: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
