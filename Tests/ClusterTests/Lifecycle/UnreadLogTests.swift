import Foundation
import Glibc
import Testing

extension RealProcesses {
    @Suite("A log that nobody reads", .serialized)
    struct UnreadLogTests {
        @Test("A node whose standard error is a full pipe starts, serves, links its peers and stops; nothing is lost")
        func fullPipe() throws {
            try TestCluster.with { cluster in
                let node = cluster[0]
                #expect(node.terminate() == .code(0))
                let pipe = try UnreadPipe(in: cluster.directory)

                try node.start(arguments: ["--log-level", "trace"], standardErrorPath: pipe.path)
                try node.waitUntilReady()
                // Each link that ends and opens is a line of the loop that all consensus runs on.
                let peer = cluster[1]
                for _ in 0..<3 {
                    peer.kill()
                    try peer.start()
                    try peer.waitUntilReady()
                }
                try cluster.expectToWork("unread")

                var text = ""
                try waitUntil("what the node has said since its start arrives") {
                    text += pipe.read()
                    return text.components(separatedBy: "peer link is open").count > 3
                }
                let lines = text.split(separator: "\n")
                #expect(lines.first?.contains("opens its store") == true, "\(lines.prefix(3))")
                #expect(!text.contains("are missing here"))
                pipe.fill()
                #expect(node.terminate() == .code(0))
            }
        }

        @Test("A full pipe does not keep a crash from ending the process")
        func crash() throws {
            try TestCluster.with(1) { cluster in
                let node = try ClusterNode(id: "crash", in: cluster.directory)
                let pipe = try UnreadPipe(in: cluster.directory)
                try node.start(standardErrorPath: pipe.path)
                try node.waitUntilReady()

                node.send(SIGABRT)

                #expect(node.current?.waitForExit() == .signal(SIGABRT))
            }
        }
    }
}
