import Testing

extension RealProcesses {
    @Suite("kill -9 during a snapshot", .serialized, .enabled(if: PreloadedLibrary.isAvailable))
    struct SnapshotCrashTests {
        @Test("A receiver that is killed anywhere has its old state or the new one, and gets the snapshot after all")
        func receiver() throws {
            try SnapshotCrashes.with { crashes in
                let receiver = crashes.receiver
                for place: TransferCrashes.Place in [
                    .sent(.request, 1), .received(.opened, 1), .received(.chunk, 1), .received(.chunk, 3),
                    .sent(.credit, 1), .sent(.credit, 4), .received(.chunk, 6), .received(.end, 1),
                ] {
                    try crashes.kill([receiver], at: place)
                    let state = try crashes.stateOnDisk()
                    #expect(state == .old, "\(place)")
                }
                try crashes.expectCompletion()

                // The files of the intake, and then the installation, before calls that change a file.
                let points = try CrashPoints(in: crashes.cluster.directory)
                for (thread, limit, step) in [("TP-#0", 10, 1), ("skiff-log", 60, 2)] {
                    var states: [SnapshotCrashes.State] = []
                    let count = try points.atEachCall(of: thread, upTo: limit, by: step) { environment in
                        try crashes.lagBehind()
                        guard try crashes.isKilled(receiver, with: environment) else { return false }
                        states.append(try crashes.stateOnDisk())
                        return true
                    }
                    try crashes.expectCompletion()
                    print("killed before \(count) calls of \(thread): \(states.map(\.rawValue))")
                    #expect(states.contains(.old))
                    #expect(states.contains(.new) == (thread == "skiff-log"))
                }
            }
        }

        @Test("A sender that is killed anywhere loses nothing, and its successor sends the snapshot")
        func sender() throws {
            try SnapshotCrashes.with { crashes in
                for place: TransferCrashes.Place in [
                    .received(.request, 1), .sent(.opened, 1), .sent(.chunk, 1), .sent(.chunk, 2), .sent(.chunk, 4),
                    .received(.credit, 1), .received(.credit, 4), .sent(.end, 1),
                ] {
                    try crashes.kill(crashes.senders, at: place)
                }
                try crashes.expectCompletion()
            }
        }
    }
}
