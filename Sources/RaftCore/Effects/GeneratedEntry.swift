package struct GeneratedEntry: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// §8: "having each leader commit a blank no-op entry into the log at the start of its term".
        case noop
        case configuration(Configuration)
    }

    package var id: LogID
    package var content: Content

    package init(id: LogID, content: Content) {
        self.id = id
        self.content = content
    }
}
