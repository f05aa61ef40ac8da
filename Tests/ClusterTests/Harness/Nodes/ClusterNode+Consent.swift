import Testing

extension ClusterNode {
    /// Runs `skiffd consent` for this node and returns what it prints.
    func giveConsent() throws -> String {
        let output = NodeLog(path: directory + ".consent")
        let process = try ChildProcess(
            ProcessLauncher.Launch(
                executable: try Programs.skiffd(), arguments: ["consent", "--data-dir", directory],
                environment: ProcessEnvironment.base, workingDirectory: "/",
                standardOutputPath: output.path, standardErrorPath: output.path + ".err"))
        process.expectEnd()
        #expect(process.waitForExit() == .code(0))
        return try #require(output.lines().first)
    }
}
