package struct ReadyRead: Hashable, Sendable {
    package var id: ReadID
    package var index: LogIndex

    package init(id: ReadID, index: LogIndex) {
        self.id = id
        self.index = index
    }
}
