package import KeyValue
package import NIOCore
package import RaftCore

/// The payload of a configuration entry. Layout, little-endian; a string is its size in 2 bytes and its UTF-8 bytes:
///
/// ```
/// 1  format, 1
/// 1  feature level
/// 1  number of members
/// per member:  1 role (Member.Role)   string id   string Raft address   string HTTP address
///              8 index of the entry that took it in   16 instance, high word first; 0 if none
///              1 number of aliases   strings aliases
/// ```
package enum ConfigurationCodec {
    private static let format: UInt8 = 1
    /// The most aliases of one member and the longest string; both are checked before a change is proposed.
    package static let aliasCountMax = 16
    package static let stringBytesMax = 1024

    package static func encode(_ configuration: Configuration) -> ByteBuffer {
        precondition(configuration.members.count <= UInt8.max, "a configuration has too many members")
        var buffer = ByteBuffer()
        buffer.writeInteger(format)
        buffer.writeInteger(configuration.featureLevel)
        buffer.writeInteger(UInt8(configuration.members.count))
        for member in configuration.members {
            precondition(member.aliases.count <= aliasCountMax, "a member has \(member.aliases.count) aliases")
            buffer.writeInteger(member.role.rawValue)
            write(member.id.name, to: &buffer)
            write(member.raftAddress, to: &buffer)
            write(member.httpAddress, to: &buffer)
            buffer.writeMultipleIntegers(
                member.since.rawValue, member.instance?.high ?? 0, member.instance?.low ?? 0, endianness: .little)
            buffer.writeInteger(UInt8(member.aliases.count))
            for alias in member.aliases { write(alias, to: &buffer) }
        }
        return buffer
    }

    package static func decode(_ payload: ByteBuffer) throws(CodecError) -> Configuration {
        var buffer = payload
        guard buffer.readInteger(as: UInt8.self) == format else { throw CodecError("unknown configuration format") }
        guard let featureLevel = buffer.readInteger(as: UInt8.self), featureLevel >= FeatureLevel.first,
            let count = buffer.readInteger(as: UInt8.self)
        else { throw CodecError("a configuration is cut off or has no feature level") }
        var members: [Member] = []
        for _ in 0..<count {
            guard let rawRole = buffer.readInteger(as: UInt8.self), let role = Member.Role(rawValue: rawRole) else {
                throw CodecError("a member of a configuration has an unknown role")
            }
            let id = try readString(from: &buffer)
            let raftAddress = try readString(from: &buffer)
            let httpAddress = try readString(from: &buffer)
            guard
                let (since, high, low) = buffer.readMultipleIntegers(
                    endianness: .little, as: (UInt64, UInt64, UInt64).self)
            else { throw CodecError("a member of a configuration is cut off") }
            guard let aliasCount = buffer.readInteger(as: UInt8.self), aliasCount <= aliasCountMax else {
                throw CodecError("the aliases of a member are cut off or too many")
            }
            var aliases: [String] = []
            for _ in 0..<aliasCount { aliases.append(try readString(from: &buffer)) }
            guard !id.isEmpty else { throw CodecError("a member of a configuration has no id") }
            guard !members.contains(where: { $0.id.name == id }) else {
                throw CodecError("a configuration lists the same member twice")
            }
            members.append(
                Member(
                    id: NodeID(id), role: role, raftAddress: raftAddress, httpAddress: httpAddress, aliases: aliases,
                    since: LogIndex(since), instance: InstanceID(orNone: high, low)))
        }
        guard buffer.readableBytes == 0 else { throw CodecError("a configuration has bytes after its end") }
        return Configuration(members: members, featureLevel: featureLevel)
    }

    private static func write(_ string: String, to buffer: inout ByteBuffer) {
        precondition(string.utf8.count <= stringBytesMax, "a string of a configuration is too long")
        buffer.writeInteger(UInt16(string.utf8.count), endianness: .little)
        buffer.writeString(string)
    }

    private static func readString(from buffer: inout ByteBuffer) throws(CodecError) -> String {
        guard let size = buffer.readInteger(endianness: .little, as: UInt16.self), size <= stringBytesMax,
            let bytes = buffer.readBytes(length: Int(size)), let string = String(validating: bytes, as: UTF8.self)
        else { throw CodecError("a string of a configuration is cut off, too long or not UTF-8") }
        return string
    }
}
