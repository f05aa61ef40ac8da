/// The answer to one request, on its way to the sink that its tag names.
package struct Completion: Hashable, Sendable {
    package var tag: RequestTag
    package var outcome: Outcome

    package init(tag: RequestTag, outcome: Outcome) {
        self.tag = tag
        self.outcome = outcome
    }
}
