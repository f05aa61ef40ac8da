internal import HotPath
internal import NIOCore

/// A record that is not in memory, on its way from the disk to the connection that waits for it.
struct RecordRead: Sendable {
    enum Result: Sendable {
        case record(ByteBuffer)
        case nothing
        case failed(StoreFailure)
        /// The deadline was over before the disk was asked.
        case tooLate
    }

    let tag: RequestTag
    let key: [UInt8]
    let deadline: NIODeadline
    private(set) var result = Result.nothing

    init(tag: RequestTag, key: [UInt8], deadline: NIODeadline) {
        self.tag = tag
        self.key = key
        self.deadline = deadline
    }

    func with(_ result: Result) -> RecordRead {
        var read = self
        read.result = result
        return read
    }
}
