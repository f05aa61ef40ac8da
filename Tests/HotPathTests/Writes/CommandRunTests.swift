import KeyValue
import NIOCore
import Testing

@testable import HotPath

@Suite("Runs of commands for another node")
struct CommandRunTests {
    @Test("A burst within the limits is one run that shares its bytes")
    func one() {
        var rest = Burst.puts(1...3).commands
        let all = rest

        let run = CommandRun(from: &rest)

        #expect(run.commands == all)
        #expect(run.count == 3)
        #expect(run.operationCount == 3)
        #expect(rest.readableBytes == 0)
    }

    @Test(
        "A burst is cut at the limits of the replica's settings",
        arguments: [(2, 1 << 20, [2, 2, 1]), (9, 1, [1, 1, 1, 1, 1])])
    func limits(commandsMax: Int, bytesMax: Int, expected: [Int]) {
        var rest = Burst.puts(1...5).commands
        var counts: [Int] = []

        while rest.readableBytes > 0 {
            counts.append(CommandRun(from: &rest, commandsMax: commandsMax, bytesMax: bytesMax).count)
        }

        #expect(counts == expected)
    }

    @Test("A larger burst is cut between two commands, once the limit of bytes is reached")
    func cut() {
        let burst = Burst.puts(10...19, valueBytes: KeyValueLimits.valueBytesMax)
        let commandBytes = burst.commands.readableBytes / 10
        var rest = burst.commands
        var counts: [Int] = []

        while rest.readableBytes > 0 {
            let run = CommandRun(from: &rest)
            #expect(run.commands.readableBytes == run.count * commandBytes)
            #expect(run.commands.readableBytes < ReplicaLimits.forwardBytesMax + commandBytes)
            counts.append(run.count)
        }

        #expect(counts == [4, 4, 2])
    }
}
