internal import Bytes

/// Understands the answers of one target.
struct AnswerReader {
    let target: LoadTarget

    /// Whether the body of a success is needed to judge it. A `get` whose value is needed always needs the body.
    func needsBody(_ request: WireRequest) -> Bool {
        switch (target, request) {
        case (.skiff, .delete), (.skiff, .batch): true
        case (.skiff, _), (.raftSample, _): false
        case (.etcd, .put): false
        case (.etcd, _): true
        }
    }

    func judge(_ request: WireRequest, _ response: borrowing ResponseParser) -> Verdict {
        let status = response.status
        guard (200..<300).contains(status) else { return judgeRefusal(request, status, response.body) }
        switch target {
        case .raftSample: return .succeeded(items: 1, missed: false)
        case .skiff: return judgeSkiff(request, response.body)
        case .etcd: return judgeEtcd(request, response.body)
        }
    }

    private func judgeSkiff(_ request: WireRequest, _ body: [UInt8]) -> Verdict {
        switch request {
        case .get, .put, .conditionalPut:
            return .succeeded(items: 1, missed: false)
        case .delete:
            return .succeeded(items: 1, missed: JSONProbe.number("deleted", in: body) == 0)
        case .batch(let items):
            guard let applied = JSONProbe.number("applied", in: body) else {
                return .failed(.badAnswer("no count of applied operations"), mayHaveApplied: true)
            }
            let isWhole =
                applied == UInt64(items)
                && (JSONProbe.isEmptyArray("failed", in: body) || !JSONProbe.has("failed", in: body))
            return isWhole
                ? .succeeded(items: items, missed: false)
                : .failed(.status(200, "batch partly failed"), mayHaveApplied: true)
        }
    }

    private func judgeEtcd(_ request: WireRequest, _ body: [UInt8]) -> Verdict {
        switch request {
        case .put: .succeeded(items: 1, missed: false)
        case .get: .succeeded(items: 1, missed: !JSONProbe.has("kvs", in: body))
        case .delete: .succeeded(items: 1, missed: (JSONProbe.number("deleted", in: body) ?? 0) == 0)
        // Members that are false or empty are left out.
        case .conditionalPut: .succeeded(items: 1, missed: !JSONProbe.isTrue("succeeded", in: body))
        case .batch(let items): .succeeded(items: items, missed: false)
        }
    }

    // MARK: Failures

    private func judgeRefusal(_ request: WireRequest, _ status: Int, _ body: [UInt8]) -> Verdict {
        switch (request, target) {
        case (.get, .skiff) where status == 404, (.delete, .skiff) where status == 404:
            if isMissing(body) { return .succeeded(items: 1, missed: true) }
        case (.get, .raftSample) where status == 422 && JSONProbe.contains("Key not found", in: body),
            (.get, .raftSample) where status == 404 && JSONProbe.contains("key_not_found", in: body):
            return .succeeded(items: 1, missed: true)
        case (.conditionalPut, .skiff) where status == 412:
            return .succeeded(items: 1, missed: true)
        default:
            break
        }
        return .failed(.status(status, reason(in: body)), mayHaveApplied: mayHaveApplied(status, body))
    }

    /// Whether a 404 is about an absent key, and not about an absent route or from a proxy.
    private func isMissing(_ body: [UInt8]) -> Bool {
        JSONProbe.string("code", in: body)?.elementsEqual("key_not_found".utf8) ?? false
    }

    /// Skiff says whether the request took effect. For other servers only errors of the client exclude it; raft-sample
    /// answers 422 for everything, even for an apply that was cut off by an election.
    private func mayHaveApplied(_ status: Int, _ body: [UInt8]) -> Bool {
        if let applied = JSONProbe.string("applied", in: body) { return !applied.elementsEqual("no".utf8) }
        if status == 422 {
            return !JSONProbe.contains("not the leader", in: body) && !JSONProbe.contains("key is empty", in: body)
        }
        return !(400..<500).contains(status) || status == 408
    }

    /// An answer that Skiff calls a timeout may come at once, for example when the leader died. The report says what is
    /// not known, and not that something took long.
    private func reason(in body: [UInt8]) -> String {
        let code = code(of: body)
        guard JSONProbe.string("applied", in: body)?.elementsEqual("unknown".utf8) ?? false else { return code }
        return code.isEmpty || code == "timeout" ? "outcome unknown" : "\(code), outcome unknown"
    }

    /// The `code` of the body, otherwise its `error`, shortened; empty if it has neither.
    private func code(of body: [UInt8]) -> String {
        if let code = JSONProbe.string("code", in: body) { return Self.text(code) }
        guard let error = JSONProbe.string("error", in: body) else { return "" }
        return Self.text(error)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let printable = bytes.prefix(60).map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
        return String(decoding: printable, as: UTF8.self)
    }

    /// Whether the answer says that this node is not the leader or knows no leader.
    func deniesLeadership(_ status: Int, _ body: [UInt8]) -> Bool {
        switch status {
        case 422: JSONProbe.contains("not the leader", in: body)
        case 503: true
        default: false
        }
    }

    // MARK: Reads

    /// The revision for a later condition; nil if the answer has none. 0 stands for an absent key.
    func revision(_ response: borrowing ResponseParser) -> UInt64? {
        switch target {
        case .skiff:
            return response.revision ?? (response.status == 404 ? 0 : nil)
        case .etcd:
            return JSONProbe.has("kvs", in: response.body) ? JSONProbe.number("mod_revision", in: response.body) : 0
        case .raftSample:
            return nil
        }
    }

    /// The value in a successful read; nil if the answer holds none.
    func value(_ body: [UInt8]) -> [UInt8]? {
        switch target {
        case .skiff:
            return body
        case .raftSample:
            // A value that is not a string, or a string with escapes, was not written by this generator; it counts as
            // foreign.
            return JSONProbe.string("value", in: body).map(Array.init) ?? (JSONProbe.has("value", in: body) ? [] : nil)
        case .etcd:
            // An empty value is left out.
            return Base64.decode(JSONProbe.string("value", in: body) ?? [])
        }
    }
}
