/// How much to read of one connection, so that all that are ready are served soon. Counts the connections that a loop
/// reads in one pass over its sockets.
struct ReadShare {
    private var readsInPass = 0
    private var readsInLastPass = 0

    var isFirstInPass: Bool { readsInPass == 0 }

    mutating func noteRead() { readsInPass += 1 }

    mutating func passEnded() {
        readsInLastPass = readsInPass
        readsInPass = 0
    }

    var bytesMax: Int {
        let share = HTTPLimits.passBytesTarget / max(readsInPass, readsInLastPass, 1)
        return min(max(share, HTTPLimits.readBytesMinUnderLoad), HTTPLimits.readBytesMax)
    }
}
