internal import KeyValue

/// Which family has the key-value data in force (`StoreFamily.data`). Without this record it is number 0. Written in
/// the batch that puts a snapshot in the place of log and data. Body:
///
/// ```
///      0     8  number of the family
/// ```
enum DataFamilyRecord {
    /// Far more than a node takes in snapshots.
    private static let numberMax = UInt64(UInt32.max)

    static func encode(_ number: Int) -> [UInt8] {
        var body: [UInt8] = []
        body.appendLittleEndian(UInt64(number))
        return SystemRecord.encode(body: body)
    }

    static func decode(_ record: UnsafeRawBufferPointer) throws(CodecError) -> Int {
        let body = try SystemRecord.body(of: record)
        guard body.count == 8 else { throw CodecError("it has \(body.count) bytes where 8 belong") }
        let number = body.littleEndian64(at: 0)
        guard number <= numberMax else { throw CodecError("it names the family \(number)") }
        return Int(number)
    }
}
