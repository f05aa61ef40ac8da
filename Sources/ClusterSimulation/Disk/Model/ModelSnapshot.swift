internal import Storage

/// All families of a model database at one moment.
final class ModelSnapshot: EngineSnapshot {
    private let families: [ModelFamily]

    init(_ families: [ModelFamily]) { self.families = families }

    /// The family of this number; nil if there was none.
    func family(_ number: Int) -> ModelFamily? { families.first { $0.number == number } }
}
