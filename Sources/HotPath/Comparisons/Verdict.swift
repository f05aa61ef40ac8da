package import KeyValue
package import NIOCore
package import RaftCore

/// That the data of members differ, as the leader has found and the log has told all: the payload of a verdict entry,
/// and a part of the replicated state. Layout, little-endian:
///
/// ```
/// 1  flags (bit 0: a majority says who is right)   8 index of the comparison   the range compared (KeyRange)
/// 1  number of suspects   per suspect:  16 instance, high word first; 0 if none   2 size of id   id
/// ```
///
/// It holds against those of whom it names that are members, each with the same directory as when they were compared.
/// A directory that was removed stays named, so that it does not come back with its data as they were (`kept(in:)`).
package struct Verdict: Hashable, Sendable {
    /// The most verdicts that are kept of former members. Another one lets the oldest go.
    package static let keptMax = 64

    package struct Suspect: Hashable, Sendable {
        package var id: NodeID
        /// Nil only where members have none.
        package var instance: InstanceID?

        package init(id: NodeID, instance: InstanceID?) {
            self.id = id
            self.instance = instance
        }
    }

    /// The entry after which all nodes made the digests.
    package var comparedAt: LogIndex
    package var range: KeyRange
    /// A majority of the voters holds the same data, and all suspects hold other data. False: no majority agrees, and
    /// the suspects are all who were compared.
    package var isDecided: Bool
    /// In the order of their ids.
    package var suspects: [Suspect]

    package init(comparedAt: LogIndex, range: KeyRange, isDecided: Bool, suspects: [Suspect]) {
        self.comparedAt = comparedAt
        self.range = range
        self.isDecided = isDecided
        self.suspects = suspects
    }

    // MARK: Whom it concerns

    /// The suspect is the member that was compared, and not one that took over its name since. The same directory that
    /// has left and come back holds the data that it had. Without an instance it may have been emptied in between.
    private func holds(against suspect: Suspect, in configuration: Configuration) -> Bool {
        guard let member = configuration[suspect.id] else { return false }
        return member.instance == suspect.instance && (suspect.instance != nil || member.since <= comparedAt)
    }

    /// The directory is out, and may ask to be taken in again: nobody else has its name.
    private func isOut(_ suspect: Suspect, of configuration: Configuration) -> Bool {
        isDecided && suspect.instance != nil && configuration[suspect.id] == nil
    }

    /// What of the verdict must not be forgotten under a configuration; nil if nothing: it still holds, or is to keep a
    /// directory out.
    package func kept(in configuration: Configuration) -> Verdict? {
        guard isDecided else { return remaining(in: configuration) }
        var verdict = self
        verdict.suspects = suspects.filter { holds(against: $0, in: configuration) || isOut($0, of: configuration) }
        return verdict.suspects.isEmpty ? nil : verdict
    }

    /// What of the verdict is left under a configuration; nil if nothing is. One that names nobody ends when the first
    /// of those compared leaves, because it is for an operator to say who was wrong.
    package func remaining(in configuration: Configuration) -> Verdict? {
        var verdict = self
        verdict.suspects = suspects.filter { holds(against: $0, in: configuration) }
        if verdict.suspects.isEmpty { return nil }
        return isDecided || verdict.suspects.count == suspects.count ? verdict : nil
    }

    /// Whether it says of the directory `instance` of node `id` that its data are wrong. So it does until the
    /// configuration names another member of that name, even if the node is a member no more.
    package func condemns(_ id: NodeID, _ instance: InstanceID?, in configuration: Configuration) -> Bool {
        guard isDecided, let suspect = suspects.first(where: { $0.id == id }) else { return false }
        if let named = suspect.instance, let instance, named != instance { return false }
        return configuration[id] == nil || holds(against: suspect, in: configuration)
    }

    // MARK: Encoding

    package func encode(into buffer: inout ByteBuffer) {
        precondition(suspects.count <= UInt8.max, "a verdict names \(suspects.count) members")
        buffer.writeInteger(UInt8(isDecided ? 1 : 0))
        buffer.writeInteger(comparedAt.rawValue, endianness: .little)
        range.encode(into: &buffer)
        buffer.writeInteger(UInt8(suspects.count))
        for suspect in suspects {
            buffer.writeMultipleIntegers(
                suspect.instance?.high ?? 0, suspect.instance?.low ?? 0, UInt16(suspect.id.name.utf8.count),
                endianness: .little)
            buffer.writeString(suspect.id.name)
        }
    }

    /// Reads the verdict at the start of `buffer`.
    package init(decoding buffer: inout ByteBuffer) throws(CodecError) {
        guard let flags = buffer.readInteger(as: UInt8.self), flags <= 1,
            let index = buffer.readInteger(endianness: .little, as: UInt64.self), index < LogIndex.limit.rawValue
        else { throw CodecError("a verdict is cut off, or has unknown flags or no index") }
        let range = try KeyRange(decoding: &buffer)
        guard let count = buffer.readInteger(as: UInt8.self), count > 0 else {
            throw CodecError("a verdict has no suspects")
        }
        var suspects: [Suspect] = []
        for _ in 0..<count {
            guard
                let (high, low, bytes) = buffer.readMultipleIntegers(
                    endianness: .little, as: (UInt64, UInt64, UInt16).self),
                let name = buffer.readBytes(length: Int(bytes)),
                let id = String(validating: name, as: UTF8.self), !id.isEmpty
            else { throw CodecError("a suspect of a verdict is cut off") }
            suspects.append(Suspect(id: NodeID(id), instance: InstanceID(orNone: high, low)))
        }
        self.init(comparedAt: LogIndex(index), range: range, isDecided: flags == 1, suspects: suspects)
    }

    package var payload: ByteBuffer {
        var buffer = ByteBuffer()
        encode(into: &buffer)
        return buffer
    }

    package init(payload: ByteBuffer) throws(CodecError) {
        var buffer = payload
        try self.init(decoding: &buffer)
        guard buffer.readableBytes == 0 else { throw CodecError("a verdict has bytes after its end") }
    }
}

extension [Verdict] {
    /// Takes in a verdict, unless it says nothing new. Deterministic: part of applying.
    package mutating func add(_ verdict: Verdict) {
        var verdict = verdict
        if verdict.isDecided {
            let named = Set(filter(\.isDecided).flatMap(\.suspects))
            verdict.suspects.removeAll { named.contains($0) }
            if verdict.suspects.isEmpty { return }
            // Now it is known who of those was wrong.
            removeAll { known in !known.isDecided && known.suspects.contains { verdict.suspects.contains($0) } }
        } else if contains(where: { !$0.isDecided && $0.suspects == verdict.suspects }) {
            return
        }
        append(verdict)
    }

    /// Drops what is needed no more under the configuration. Deterministic: part of applying.
    package mutating func prune(for configuration: Configuration) {
        self = compactMap { $0.kept(in: configuration) }
        var excess = count { $0.remaining(in: configuration) == nil } - Verdict.keptMax
        removeAll { verdict in
            guard excess > 0, verdict.remaining(in: configuration) == nil else { return false }
            excess -= 1
            return true
        }
    }
}
