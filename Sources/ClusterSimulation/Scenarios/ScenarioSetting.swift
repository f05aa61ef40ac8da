internal import HotPath
internal import RaftCore

/// A constant of a cluster in words: everything that a seed may draw has an entry, so that a drawn run can be written
/// down whole.
struct ScenarioSetting: Sendable {
    let name: String
    /// What comes after the name.
    let form: String
    /// The words of a value.
    let words: @Sendable (SimulationSettings) -> String
    /// Sets the value that the words say; false if they say none.
    let set: @Sendable (inout SimulationSettings, [String]) -> Bool

    /// A number in a range. `unit` is what one of it counts.
    private static func number(
        _ name: String, _ range: ClosedRange<Int>, _ form: String = "COUNT", unit: Int = 1,
        _ path: @escaping @Sendable () -> WritableKeyPath<SimulationSettings, Int>
    ) -> Self {
        Self(name: name, form: form) {
            "\($0[keyPath: path()] / unit)"
        } set: { settings, words in
            guard words.count == 1, let number = Int(words[0]), range ~= number else { return false }
            settings[keyPath: path()] = number * unit
            return true
        }
    }

    private static func flag(
        _ name: String, _ path: @escaping @Sendable () -> WritableKeyPath<SimulationSettings, Bool>
    ) -> Self {
        Self(name: name, form: "on|off") {
            $0[keyPath: path()] ? "on" : "off"
        } set: { settings, words in
            guard words == ["on"] || words == ["off"] else { return false }
            settings[keyPath: path()] = words == ["on"]
            return true
        }
    }

    /// A set of nodes, by their letters; `none` for no node.
    private static func nodes(
        _ name: String, _ path: @escaping @Sendable () -> WritableKeyPath<SimulationSettings, Int>
    ) -> Self {
        Self(name: name, form: "LETTERS|none") {
            let letters = Target.letters(of: $0[keyPath: path()])
            return letters.isEmpty ? "none" : letters
        } set: { settings, words in
            guard words.count == 1, let set = words[0] == "none" ? 0 : Target.set(of: words[0]) else { return false }
            settings[keyPath: path()] = set
            return true
        }
    }

    /// Times, each with its unit: `150ms`, `20us`, `7ns`.
    private static func times(
        _ name: String, _ paths: @escaping @Sendable () -> [WritableKeyPath<SimulationSettings, UInt64>]
    ) -> Self {
        Self(name: name, form: paths().map { _ in "TIME" }.joined(separator: " ")) { settings in
            paths().map { SimulatedTime.words(settings[keyPath: $0]) }.joined(separator: " ")
        } set: { settings, words in
            let times = words.compactMap { SimulatedTime.nanoseconds($0) }
            guard times.count == words.count, times.count == paths().count, times == times.sorted() else {
                return false
            }
            for (path, time) in zip(paths(), times) { settings[keyPath: path] = time }
            return true
        }
    }

    static let all: [Self] = [
        number("voters", 1...Schedule.nodeCountMax, "1 to \(Schedule.nodeCountMax)") { \.voters },
        number("clients", 0...64) { \.clients },
        number("burst", 1...1_000) { \.burstMax },
        times("think") { [\.thinkMin, \.thinkMax] },
        times("patience") { [\.patience] },
        flag("bare-cores") { \.hasBareCores },
        flag("control-plane") { \.hasControlPlane },
        nodes("founders") { \.founders },
        nodes("announcing") { \.announcers },
        nodes("namesakes") { \.namesakes },
        // MARK: The store
        number("table-bytes", 1_024...1 << 24) { \.storage.tableBytes },
        number("memtable-bytes", 4_096...1 << 30) { \.storage.memtableBytes },
        number("files-per-compaction", 2...1_000) { \.storage.filesPerCompaction },
        number("cache-misses", 0...1_000, "PER-MILLE") { \.storage.cacheMissesPerThousand },
        times("flush-step") { [\.storage.flushStepMax] },
        // MARK: The core
        times("election-timeout") { [\.raft.electionTimeoutNanosecondsMin] },
        times("heartbeat") { [\.raft.heartbeatIntervalNanoseconds] },
        number("message-entries", 1...1 << 20) { \.raft.messageEntriesMax },
        number("message-bytes", 1...1 << 30) { \.raft.messageBytesMax },
        number("window-messages", 1...1 << 20) { \.raft.inflightMessagesMax },
        number("window-bytes", 1...1 << 30) { \.raft.inflightBytesMax },
        flag("pre-vote") { \.raft.preVote },
        flag("check-quorum") { \.raft.checkQuorum },
        // MARK: The replica
        number("ring-bytes-kept", 0...1 << 30) { \.replica.entryRingBytesKept },
        number("ring-bytes", 0...1 << 30) { \.replica.entryRingBytesMax },
        number("unapplied-bytes", 1...1 << 30) { \.replica.unappliedBytesMax },
        number("forward-commands", 1...ReplicaLimits.forwardCommandsMax) { \.replica.forwardCommandsMax },
        number("forward-bytes", 1...ReplicaLimits.forwardBytesMax) { \.replica.forwardBytesMax },
        number("entry-commands", 1...ReplicaLimits.commandsPerEntryMax) { \.replica.commandsPerEntryMax },
        number("entry-bytes", 1...ReplicaLimits.entryPayloadBytesTarget) { \.replica.entryPayloadBytesTarget },
        times("leader-wait") { [\.replica.leaderWaitNanoseconds] },
        times("answer-wait") { [\.replica.answerWaitNanoseconds] },
        times("log-stall") { [\.replica.logStallNanoseconds] },
        number("compaction-bytes", 0...1 << 30) { \.compactionBytes },
        number("compaction-tail", 0...1 << 30) { \.compactionTailBytes },
        times("compaction-interval") { [\.compactionInterval] },
        number("compaction-backlog", 0...1 << 30) { \.compactionBacklogBytes },
        times("compaction-away") { [\.compactionAway] },
        times("comparison-interval") { [\.replica.comparisonIntervalNanoseconds] },
        number("comparison-bytes", 1...1 << 30) { \.replica.comparisonBytes },
        times("comparison-wait") { [\.replica.comparisonWaitNanoseconds] },
        // MARK: The weather
        times("delay") { [\.weather.delayMin, \.weather.delayMax] },
        times("sync") { [\.weather.syncMin, \.weather.syncMax] },
        number("loss", 0...1_000, "PER-MILLE") { \.weather.loss },
        number("duplication", 0...1_000, "PER-MILLE") { \.weather.duplication },
        number("replay", 0...1_000, "PER-MILLE") { \.weather.replay },
        flag("unordered") { \.weather.isUnordered },
        number("splits", 0...1_000, "PER-MILLE") { \.weather.splits },
        number("slow-syncs", 0...1_000, "PER-MILLE") { \.weather.slowSync },
        drifts,
    ]

    private static let drifts = Self(name: "drift", form: "PER-MILLION of each node") { settings in
        settings.drifts.map { "\($0)" }.joined(separator: " ")
    } set: { settings, words in
        let drifts = words.compactMap { Int64($0) }
        guard drifts.count == words.count, drifts.count == Schedule.nodeCountMax,
            drifts.allSatisfy({ (-500_000...500_000) ~= $0 })
        else { return false }
        settings.drifts = drifts
        return true
    }
}
