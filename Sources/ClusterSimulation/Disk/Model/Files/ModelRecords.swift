internal import Bytes
internal import KeyValue

/// The records of the model's write-ahead log and of its list of files. Layout, little-endian:
///
/// ```
/// offset  size
///      0     4  size of the payload
///      4     8  XXH64 of the payload
///     12        payload
/// ```
///
/// RocksDB's records differ in their form and not in what a torn or damaged one means to an open with the options of a
/// node (`kTolerateCorruptedTailRecords`).
enum ModelRecords {
    static let headerBytes = 12

    /// What `forEach` found after the last good record.
    enum End: Hashable {
        /// Nothing, or a record that is cut off: the machine lost its power while it was written.
        case clean
        /// A record with a wrong checksum or a payload that makes no sense.
        case damaged
    }

    /// Completes a record whose first `headerBytes` bytes are free.
    static func seal(_ record: inout [UInt8]) {
        record.withUnsafeMutableBytes { record in
            let payload = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(record)[headerBytes...])
            record.storeLittleEndian(UInt32(payload.count), at: 0)
            record.storeLittleEndian(XXH64.hash(payload), at: 4)
        }
    }

    /// Calls `body` with the payload of each record, in order, until one is cut off or damaged. `body` says whether the
    /// payload makes sense.
    static func forEach(in file: [UInt8], _ body: (UnsafeRawBufferPointer) -> Bool) -> End {
        file.withUnsafeBytes { file in
            var offset = 0
            while file.count - offset >= headerBytes {
                let count = Int(file.littleEndian32(at: offset))
                let checksum = file.littleEndian64(at: offset + 4)
                // A header of zeros is space that was reserved and never written.
                if count == 0 && checksum == 0 { return .clean }
                let start = offset + headerBytes
                guard file.count - start >= count else { return .clean }
                let payload = UnsafeRawBufferPointer(rebasing: file[start..<start + count])
                guard XXH64.hash(payload) == checksum, body(payload) else { return .damaged }
                offset = start + count
            }
            return .clean
        }
    }
}
