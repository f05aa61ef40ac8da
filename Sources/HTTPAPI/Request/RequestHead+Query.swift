internal import Bytes
internal import KeyValue

extension RequestHead {
    /// Reads the query. On `/v1` an unknown parameter is refused, because a typing error must not silently weaken what
    /// was asked for; raft-sample's routes ignore it. A parameter that the interface promises and this version does not
    /// have is refused everywhere.
    mutating func readQuery(_ query: UnsafeRawBufferPointer, settings: HTTPServerSettings) throws(APIError) {
        guard query.count > 0 else { return }
        var seen = SeenParameters()
        var start = 0
        while start <= query.count {
            let end = query[start...].firstIndex(of: UInt8(ascii: "&")) ?? query.count
            let pair = UnsafeRawBufferPointer(rebasing: query[start..<end])
            start = end + 1
            if pair.count == 0 { continue }
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.count
            let name = UnsafeRawBufferPointer(rebasing: pair[..<equals])
            guard let parameter = Parameter(named: name), let route, route.takes(parameter) else {
                if surface == .legacy { continue }
                let known = route.map { "; it takes \(Parameter.names(of: $0))" } ?? ""
                throw APIError(.unknownParameter, "this route has no parameter '\(name.quoted)'\(known)")
            }
            guard seen.insert(parameter) else {
                throw .invalidArgument("the parameter '\(parameter)' is given twice")
            }
            var value: [UInt8] = []
            let encoded = UnsafeRawBufferPointer(rebasing: pair[min(equals + 1, pair.count)...])
            guard encoded.contains(UInt8(ascii: "%")) else {
                try readParameter(parameter, hasValue: equals < pair.count, encoded, settings: settings)
                continue
            }
            guard PercentEncoding.decode(encoded, into: &value) else {
                throw .invalidArgument("a '%' in the query is not followed by two hexadecimal digits; write %25")
            }
            let failure: APIError? = value.withUnsafeBytes { bytes in
                do throws(APIError) {
                    try readParameter(parameter, hasValue: true, bytes, settings: settings)
                    return nil
                } catch {
                    return error
                }
            }
            if let failure { throw failure }
        }
        if isAtomic, chunkOperations != nil {
            throw .invalidArgument("an atomic batch is not cut into chunks; leave out 'chunk' or 'atomic'")
        }
    }

    private mutating func readParameter(
        _ parameter: Parameter, hasValue: Bool, _ value: UnsafeRawBufferPointer, settings: HTTPServerSettings
    ) throws(APIError) {
        switch parameter {
        case .consistency, .level:
            try readConsistency(parameter, value)
        case .consistent:
            if try flag(parameter, hasValue, value) { try setConsistency(.linearizable) }
        case .stale:
            if try flag(parameter, hasValue, value) { try setConsistency(.stale) }
        case .timeout:
            timeoutMilliseconds = min(
                try Self.timeoutMilliseconds(value),
                route?.timeoutMillisecondsMax(settings) ?? settings.requestTimeoutMillisecondsMax)
            hasOwnTimeout = true
        case .format:
            if value.equals("json") {
                answersJSON = true
            } else if !value.equals("raw") {
                throw .invalidArgument("'format' is raw or json")
            }
        case .cas:
            guard let revision = value.decimalValue else {
                throw .invalidArgument("'cas' is a revision, a number below 2^64; 0 asks for an absent key")
            }
            try addCondition(revision == 0 ? .absent : .revision(revision))
        case .atomic:
            isAtomic = try flag(parameter, hasValue, value)
        case .chunk:
            guard let count = value.decimalValue, count >= 1, count <= KeyValueLimits.groupOperationsMax else {
                throw .invalidArgument("'chunk' is a number from 1 to \(KeyValueLimits.groupOperationsMax)")
            }
            chunkOperations = Int(count)
        case .pretty:
            _ = try flag(parameter, hasValue, value)
        case .verbose:
            isVerbose = try flag(parameter, hasValue, value)
        case .exclude:
            excludedCheck = try Self.check(named: value)
        case .forward:
            guard value.equals("proxy") else { throw .notSupported("a 'forward' other than proxy") }
        case .ttl, .lease, .prev, .keepTTL, .wait, .index, .maxStale, .minRevision:
            throw .notSupported("the parameter '\(parameter)'")
        }
    }

    private mutating func readConsistency(
        _ parameter: Parameter, _ value: UnsafeRawBufferPointer
    ) throws(APIError) {
        if parameter == .consistency {
            if value.equals("linearizable") || value.equals("leader") { return try setConsistency(.linearizable) }
            if value.equals("stale") { return try setConsistency(.stale) }
            throw .invalidArgument("'consistency' is linearizable, leader or stale")
        }
        // rqlite's words.
        if value.equals("none") { return try setConsistency(.stale) }
        guard value.equals("weak") || value.equals("strong") || value.equals("linearizable") || value.equals("auto")
        else {
            throw .invalidArgument("'level' is none, weak, linearizable, strong or auto")
        }
        try setConsistency(.linearizable)
    }

    private mutating func setConsistency(_ wanted: ReadConsistency) throws(APIError) {
        guard !hasChosenConsistency || consistency == wanted else {
            throw .invalidArgument("two parameters ask for different consistency")
        }
        hasChosenConsistency = true
        consistency = wanted
    }

    private func flag(
        _ parameter: Parameter, _ hasValue: Bool, _ value: UnsafeRawBufferPointer
    ) throws(APIError) -> Bool {
        if !hasValue || value.equals("true") || value.equals("1") { return true }
        if value.equals("false") || value.equals("0") { return false }
        throw .invalidArgument("'\(parameter)' is true or false")
    }

    private static func check(named name: UnsafeRawBufferPointer) throws(APIError) -> Readiness.Name {
        let checks = Readiness.Name.allCases
        guard let check = checks.first(where: { name.elementsEqual($0.rawValue.utf8) }) else {
            let names = checks.map(\.rawValue).joined(separator: ", ")
            throw .invalidArgument("'exclude' is one of the checks \(names), not '\(name.quoted)'")
        }
        return check
    }

    /// How long a request may take, from a duration such as `250ms`, `2s`, `5m` or `24h`. One that is too long for the
    /// number is the longest, as all are cut to a limit that is shorter.
    static func timeoutMilliseconds(_ text: UnsafeRawBufferPointer) throws(APIError) -> UInt64 {
        var unit = DurationUnit.millisecond
        var milliseconds = UInt64.max
        do throws(DurationText.Mistake) {
            let duration = try DurationText(parsing: text)
            unit = duration.unit
            milliseconds = duration.milliseconds ?? .max
        } catch {
            guard error == .tooLarge else { throw .notDuration(text, error) }
        }
        guard unit != .microsecond else { throw .notDuration(text, .unknownUnit) }
        guard milliseconds > 0 else {
            throw .invalidArgument("'timeout' is 0: give the time that the request may take, such as 2s")
        }
        return milliseconds
    }
}

extension APIError {
    fileprivate static func notDuration(_ text: UnsafeRawBufferPointer, _ mistake: DurationText.Mistake) -> APIError {
        let reason = mistake.reason(units: DurationUnit.names(from: .millisecond))
        return .invalidArgument("'timeout' is a duration such as 250ms, 2s or 1m, not '\(text.quoted)': \(reason)")
    }
}
