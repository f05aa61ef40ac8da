import Storage

/// All families of an engine as of one moment. Must be gone before the engine is closed.
struct EngineView {
    private let snapshot: any EngineSnapshot
    private let families: [any EngineFamily]

    init(of engine: any StorageEngine) throws(EngineError) {
        let names = [.log, .metadata] + engine.dataFamilies.map { .data($0) } as [StoreFamily]
        var families: [any EngineFamily] = []
        for name in names { families.append(try engine.require(name)) }
        self.families = families
        snapshot = try engine.makeSnapshot()
    }

    /// The content of that moment, also of families that were dropped since.
    func content() throws(EngineError) -> EngineContent { try EngineContent(of: families, at: snapshot) }
}
