import Testing

/// Gives all tests of a suite one cluster of three nodes, `TestCluster.shared`.
struct SharedClusterTrait: SuiteTrait, TestScoping {
    fileprivate let settings: [String: String]

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await TestCluster.sharing(settings: settings) { try await function() }
    }
}

extension Trait where Self == SharedClusterTrait {
    static var sharedCluster: Self { Self(settings: [:]) }
    static func sharedCluster(_ settings: [String: String]) -> Self { Self(settings: settings) }
}
