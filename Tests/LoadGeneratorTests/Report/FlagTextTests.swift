import Bytes
import Testing

@testable import LoadGenerator

@Suite("The text after a flag")
struct FlagTextTests {
    // MARK: Quantities

    @Test(
        "Durations carry a unit",
        arguments: [
            ("250ms", Duration.milliseconds(250)), ("2s", .seconds(2)), ("1.5s", .milliseconds(1_500)),
            ("5m", .seconds(300)), ("1h", .seconds(3_600)), ("0", .zero), ("40us", .microseconds(40)),
        ])
    func durations(text: String, duration: Duration) throws {
        #expect(try FlagText("--warmup", text).duration() == duration)
    }

    @Test(
        "A wrong duration is one line",
        arguments: [
            ("2", "--warmup '2': expected a duration such as 250ms, 2s or 5m"),
            ("", "--warmup '': expected a duration such as 250ms, 2s or 5m"),
            ("2 weeks", "--warmup '2 weeks': expected a duration such as 250ms, 2s or 5m"),
            ("-1s", "--warmup '-1s': a duration cannot be negative"),
            ("200h", "--warmup '200h': a duration is at most 168h"),
        ])
    func wrongDurations(text: String, message: String) {
        #expect(throws: UsageError(message)) { try FlagText("--warmup", text).duration() }
    }

    @Test(
        "Sizes are bytes, or powers of two or ten",
        arguments: [("256", 256), ("64KiB", 65_536), ("0.5MiB", 524_288), ("1MB", 1_000_000), ("1.5kib", 1_536)])
    func sizes(text: String, bytes: Int) throws {
        #expect(try FlagText("--value-size", text).byteCount() == bytes)
    }

    @Test(
        "A wrong size is one line",
        arguments: [
            ("12 apples", "--value-size '12 apples': expected a size such as 256, 64KiB or 1MiB"),
            ("0.3", "--value-size '0.3': a size is a whole number of bytes"),
            ("2GiB", "--value-size '2GiB': a size is at most 16MiB"),
        ])
    func wrongSizes(text: String, message: String) {
        #expect(throws: UsageError(message)) { try FlagText("--value-size", text).byteCount() }
    }

    @Test(
        "Counts may be shortened",
        arguments: [("500", 500), ("20k", 20_000), ("1M", 1_000_000), ("1.1k", 1_100)])
    func counts(text: String, count: Int) throws {
        #expect(try FlagText("--keys", text).count() == count)
    }

    @Test(
        "A wrong count is one line",
        arguments: [
            ("ten", "--keys 'ten': expected a count such as 500, 20k or 1M"),
            ("1e5", "--keys '1e5': expected a count such as 500, 20k or 1M"),
            ("-5", "--keys '-5': a count is a whole number"),
            ("1.5", "--keys '1.5': a count is a whole number"),
            ("0", "--keys '0': must be 1 to 1,000"),
        ])
    func wrongCounts(text: String, message: String) {
        #expect(throws: UsageError(message)) { try FlagText("--keys", text).count(in: 1...1_000) }
    }

    @Test(
        "A number is decimal digits, perhaps with a point between them, and nothing else",
        arguments: [
            "+5", "0x5", " 5", "5 ", "５", "٥", "1_000", "_5", "5_", "5.", ".5", "1.2.3", ".", "-", "--5", "-0", "5-",
            "",
            "nan", "inf", "1e3", "1,000", "5 k", "5\u{0}", "1\r\n", "½",
        ])
    func oddNumbers(text: String) {
        #expect(throws: UsageError.self) { try FlagText("--keys", text).count() }
        #expect(throws: UsageError.self) { try FlagText("--rate", text).rate() }
        #expect(throws: UsageError.self) { try FlagText("--rate", text + "/s").rate() }
        #expect(throws: UsageError.self) { try FlagText("--warmup", text + "s").duration() }
        #expect(throws: UsageError.self) { try FlagText("--value-size", text + "KiB").byteCount() }
        // Around the parts of a list spaces are allowed.
        for condition in ["rate>\(text)", "errors<\(text)%", "p50<\(text)ms"] where !text.contains(" ") {
            #expect(throws: UsageError.self) { try Condition.list(condition) }
        }
        var flags = BenchFlags()
        flags.seed = text
        #expect(throws: UsageError.self) { try flags.plan() }
    }

    @Test("A rate is above zero and may end in /s")
    func rates() throws {
        #expect(try FlagText("--rate", "2.5k/s").rate() == 2_500)
        #expect(try FlagText("--rate", "0.5").rate() == 0.5)
        let zero = UsageError("--rate '0': a rate must be above 0; leave --rate out for a closed loop")
        #expect(throws: zero) { try FlagText("--rate", "0").rate() }
    }

    // MARK: Endpoints

    @Test("Endpoints come with or without scheme and host, IPv6 in brackets")
    func endpoints() throws {
        let endpoints = try FlagText("--endpoints", "a:1, :2,http://c:3/,[::1]:4").endpoints()

        #expect(endpoints.map(\.description) == ["a:1", "127.0.0.1:2", "c:3", "[::1]:4"])
    }

    @Test(
        "A wrong endpoint is one line",
        arguments: [
            ("node1", "--endpoints 'node1': the port is missing; expected host:port"),
            ("a:1,", "--endpoints 'a:1,': expected host:port, several separated by commas"),
            ("a:0", "--endpoints 'a:0': a port is 1 to 65535"),
            ("127.0.0.1:+24701", "--endpoints '127.0.0.1:+24701': a port is 1 to 65535"),
            ("a:0x50", "--endpoints 'a:0x50': a port is 1 to 65535"),
            ("a: 80", "--endpoints 'a: 80': there is a space or a line break in it"),
            ("a:８０", "--endpoints 'a:８０': a port is 1 to 65535"),
            ("[::1]:+80", "--endpoints '[::1]:+80': a port is 1 to 65535"),
            ("a:8_0", "--endpoints 'a:8_0': a port is 1 to 65535"),
            ("a:65536", "--endpoints 'a:65536': a port is 1 to 65535"),
            ("::1:2221", "--endpoints '::1:2221': an IPv6 address needs brackets: [::1]:2221"),
            ("[::1:2221", "--endpoints '[::1:2221': the bracket is not closed"),
            ("https://a:1", "--endpoints 'https://a:1': TLS is not supported; use http://host:port"),
            ("ftp://a:1", "--endpoints 'ftp://a:1': an endpoint has no scheme but http://"),
            ("u:p@a:1", "--endpoints 'u:p@a:1': an endpoint has no user name or password"),
            ("a:1?x", "--endpoints 'a:1?x': an endpoint has no query and no fragment; expected host:port"),
            ("http://a:1/v1", "--endpoints 'http://a:1/v1': an endpoint has no path; expected host:port"),
            ("a:1,a:1", "--endpoints 'a:1,a:1': a:1 is there twice"),
        ])
    func wrongEndpoints(text: String, message: String) {
        #expect(throws: UsageError(message)) { try FlagText("--endpoints", text).endpoints() }
    }

    // MARK: Workload

    @Test("A mix names operations with weights")
    func mix() throws {
        let mix = try FlagText("--mix", "get=90, put=9.5,rmw=0.5").mix()

        #expect(
            mix == [
                WeightedOperation(.get, weight: 90), WeightedOperation(.put, weight: 9.5),
                WeightedOperation(.readModifyWrite, weight: 0.5),
            ])
    }

    @Test(
        "A wrong mix is one line",
        arguments: [
            ("get", "--mix 'get': expected operation=weight, several separated by commas, such as get=90,put=10"),
            (
                "scan=1",
                "--mix 'scan=1': there is no operation 'scan'; "
                    + "expected one of get, put, delete, batch, cas, insert, rmw"
            ),
            ("get=0", "--mix 'get=0': a weight is a number above 0"),
            ("get=1,get=2", "--mix 'get=1,get=2': get is there twice"),
        ])
    func wrongMix(text: String, message: String) {
        #expect(throws: UsageError(message)) { try FlagText("--mix", text).mix() }
    }

    @Test(
        "Key patterns have arguments behind a colon",
        arguments: [
            ("uniform", KeyPattern.uniform), ("zipfian", .zipfian(theta: 0.99)), ("zipfian:0.5", .zipfian(theta: 0.5)),
            ("sequential", .sequential), ("hot-set:0.1/0.9", .hotSet(keyShare: 0.1, operationShare: 0.9)),
            ("hot-set", .hotSet(keyShare: 0.2, operationShare: 0.8)), ("latest", .latest),
        ])
    func patterns(text: String, pattern: KeyPattern) throws {
        #expect(try FlagText("--distribution", text).keyPattern() == pattern)
    }

    @Test(
        "A wrong key pattern is one line",
        arguments: [
            ("zipfian:1", "--distribution 'zipfian:1': theta must be above 0 and below 1"),
            ("hot-set:0.2/2", "--distribution 'hot-set:0.2/2': shares are 0 to 1"),
            ("hot-set:0/1", "--distribution 'hot-set:0/1': the share of the keys must be above 0"),
            (
                "gauss",
                "--distribution 'gauss': expected uniform, zipfian[:0.99], sequential, hot-set:0.2/0.8 or latest"
            ),
        ])
    func wrongPatterns(text: String, message: String) {
        #expect(throws: UsageError(message)) { try FlagText("--distribution", text).keyPattern() }
    }

    @Test("Value sizes are fixed, a range or weighted")
    func valueSizes() throws {
        #expect(try FlagText("--value-size", "1KiB").valueSize() == .fixed(1_024))
        #expect(try FlagText("--value-size", "64-4KiB").valueSize() == .range(64...4_096))
        #expect(
            try FlagText("--value-size", "64=50,16KiB=20").valueSize()
                == .weighted([WeightedSize(bytes: 64, weight: 50), WeightedSize(bytes: 16_384, weight: 20)]))
    }

    @Test(
        "A wrong value size is one line",
        arguments: [
            ("4096-64", "--value-size '4096-64': the smaller size comes first"),
            ("64=", "--value-size '64=': a weight is a number above 0"),
            ("64=1,64=2", "--value-size '64=1,64=2': 64 is there twice"),
        ])
    func wrongValueSizes(text: String, message: String) {
        #expect(throws: UsageError(message)) { try FlagText("--value-size", text).valueSize() }
    }
}
