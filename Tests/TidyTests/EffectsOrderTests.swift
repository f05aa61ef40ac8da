import Testing

@Suite("The effects of a turn")
struct EffectsOrderTests {
    private let tree = SourceTree.shared

    @Test("are carried out in the order in which they are declared")
    func order() throws {
        let declarations = try #require(tree.sources.first { $0.path.hasSuffix("/Effects.swift") })
        let execution = try #require(tree.sources.first { $0.path.hasSuffix("/Replica+Effects.swift") })

        let declared = EffectsOrder.declared(in: declarations.lines.map(String.init))
        let executed = EffectsOrder.executed(in: execution.lines.map(String.init))

        #expect(declared.count > 8)
        #expect(executed == declared)
    }

    @Test("would be found in another order")
    func otherOrder() {
        let lines = [
            "    func carryOutEffects(now: Instant) {", "        submitLogJob()",
            "        if effects.roleChanged { told(effects.messages) }", "        for message in effects.messages {}",
            "    }",
            "    func other() { use(effects.readsReady) }",
        ]

        #expect(EffectsOrder.executed(in: lines) == ["hardState", "roleChanged", "messages"])
    }
}
