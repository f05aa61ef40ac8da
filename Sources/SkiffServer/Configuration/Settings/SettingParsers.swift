internal import Bytes
internal import Logging

/// How the text of each kind of setting is read. A parser either returns a value that is in range or says why not.
enum SettingParsers {
    /// nil means all interfaces.
    static func listenHost(_ text: String) throws(SettingRejection) -> String? {
        guard !text.isEmpty else { throw SettingRejection("the host is empty") }
        guard text != "*" else { return nil }
        var host = text[...]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard isPlain(host) else { throw SettingRejection("not a host name or address") }
        return String(host)
    }

    /// Whether each character may occur in a host name or an address.
    private static func isPlain(_ host: some StringProtocol) -> Bool {
        !host.contains { $0.isWhitespace || "/[],@?#\"'".contains($0) }
    }

    static func port(_ text: String) throws(SettingRejection) -> Int {
        guard let port = WholeNumber.parse(text), port <= 65_535 else {
            // Kubernetes sets such variables for a service that is called `server` or `raft`.
            guard !text.hasPrefix("tcp://") else {
                throw SettingRejection(
                    "Kubernetes sets this variable for a service of that name; set the variable with the prefix"
                        + " SKIFF_, which wins, or enableServiceLinks: false")
            }
            throw SettingRejection("not a port")
        }
        return Int(port)
    }

    static func nodeID(_ text: String) throws(SettingRejection) -> String {
        guard !text.isEmpty else { throw SettingRejection("the node id is empty") }
        guard text.utf8.count <= 255 else {
            throw SettingRejection("the node id has \(text.utf8.count) bytes")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw SettingRejection("the node id has a space or a character that is not printable ASCII")
        }
        return text
    }

    static func directory(_ text: String) throws(SettingRejection) -> String {
        guard !text.isEmpty else { throw SettingRejection("the path is empty") }
        guard !text.utf8.contains(0) else { throw SettingRejection("the path has a zero byte") }
        return text
    }

    /// An address that other nodes and clients can connect to.
    static func address(_ text: String) throws(SettingRejection) -> HostAndPort? {
        let address: HostAndPort
        do throws(HostAndPort.Mistake) {
            address = try HostAndPort(parsing: text)
        } catch {
            switch error {
            case .noPort: throw SettingRejection("the port is missing")
            case .invalidPort: throw SettingRejection("the port is not a number from 1 to 65535")
            case .noBrackets: throw SettingRejection("an IPv6 address stands in brackets, as in [::1]:1111")
            case .noHost: throw SettingRejection("the host is missing")
            }
        }
        let host = address.host
        guard isPlain(host) else { throw SettingRejection("the host has a character that no host name has") }
        guard host != "*", host != "0.0.0.0", host != "::" else {
            throw SettingRejection("\(host) means all interfaces of the node that listens and nothing to another node")
        }
        return address
    }

    static func httpAddress(_ text: String) throws(SettingRejection) -> HostAndPort? {
        guard !text.hasPrefix("https://") else { throw SettingRejection("TLS is not supported yet") }
        var address = text[...]
        if address.hasPrefix("http://") { address = address.dropFirst("http://".count) }
        if address.hasSuffix("/") { address = address.dropLast() }
        return try self.address(String(address))
    }

    static func boolean(_ text: String) throws(SettingRejection) -> Bool {
        switch text.lowercased() {
        case "true", "1", "yes": true
        case "false", "0", "no": false
        default: throw SettingRejection("neither true nor false")
        }
    }

    static func eventLoops(_ text: String) throws(SettingRejection) -> Int {
        guard let count = WholeNumber.parse(text), (1...256).contains(count) else {
            throw SettingRejection("not a number of threads")
        }
        return Int(count)
    }

    static func logLevel(_ text: String) throws(SettingRejection) -> Logger.Level {
        let text = text.lowercased()
        guard let level = Logger.Level(rawValue: text == "warn" ? "warning" : text) else {
            throw SettingRejection("not a log level")
        }
        return level
    }

    /// The other choices are refused until they are carried out: a setting must not be taken and ignored.
    static func forward(_ text: String) throws(SettingRejection) -> ServerConfiguration.Forward {
        let choice: ServerConfiguration.Forward = try choice(text)
        guard choice == .proxy else { throw SettingRejection("\(text) is not supported yet") }
        return choice
    }

    static func logFormat(_ text: String) throws(SettingRejection) -> ServerConfiguration.LogFormat {
        guard text != "json" else { throw SettingRejection("json is not supported yet") }
        return try choice(text)
    }

    /// One of the raw values of an enumeration.
    static func choice<Choice: RawRepresentable<String>>(_ text: String) throws(SettingRejection) -> Choice {
        guard let choice = Choice(rawValue: text) else { throw SettingRejection("not one of the choices") }
        return choice
    }
}

// MARK: Quantities

extension SettingParsers {
    /// A parser of durations such as `250ms`, `2s`, `5m` and `1h` within the range.
    static func duration(
        in range: ClosedRange<Duration>
    ) -> (String) throws(SettingRejection) -> Duration {
        { text throws(SettingRejection) in
            let duration: DurationText
            do throws(DurationText.Mistake) {
                duration = try DurationText(parsing: text, allowingSpaces: true)
            } catch {
                switch error {
                case .noNumber: throw SettingRejection("does not start with a whole number")
                case .noUnit: throw SettingRejection("the unit is missing: us, ms, s, m or h")
                case .unknownUnit: throw SettingRejection("the unit is none of us, ms, s, m or h")
                }
            }
            guard let nanoseconds = duration.nanoseconds.flatMap(Int64.init(exactly:)),
                range.contains(.nanoseconds(nanoseconds))
            else { throw SettingRejection("out of range") }
            return .nanoseconds(nanoseconds)
        }
    }

    /// A parser of sizes in bytes such as `64KiB`, `512MiB` and `1GiB` within the range.
    static func size(in range: ClosedRange<Int>) -> (String) throws(SettingRejection) -> Int {
        { text throws(SettingRejection) in
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            guard let count = WholeNumber.parse(digits).flatMap(Int.init(exactly:)) else {
                throw SettingRejection("does not start with a whole number")
            }
            let unit = text.dropFirst(digits.count).drop { $0 == " " }
            guard !unit.isEmpty else { throw SettingRejection("the unit is missing: KiB, MiB, GiB or TiB") }
            let bytesPerUnit =
                switch unit {
                case "KiB": 1 << 10
                case "MiB": 1 << 20
                case "GiB": 1 << 30
                case "TiB": 1 << 40
                default: throw SettingRejection("the unit is none of KiB, MiB, GiB or TiB")
                }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: bytesPerUnit)
            guard !overflow, range.contains(bytes) else { throw SettingRejection("out of range") }
            return bytes
        }
    }
}
