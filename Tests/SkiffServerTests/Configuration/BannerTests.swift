import Programs
import Testing

@testable import SkiffServer

@Suite("Start banner")
struct BannerTests {
    @Test("It names node, cluster, addresses, data and the origin of the settings")
    func complete() async throws {
        let text = try await withFile("log: {level: debug}\n") { path in
            let configuration = try await load(
                flags: [.dataDirectory: "/data"], configFile: path,
                environment: ["RAFT_NODE_ID": "'node1'", "SERVER_PORT": "80"])
            let facts = Banner.Facts(
                httpListening: "0.0.0.0:80", raftListening: "[::]:1111", httpAdvertised: "a:80",
                raftAdvertised: "a:1111", clusterID: "0123456789abcdef0123456789abcdef",
                members: ["node1", "node2"])
            return Banner.text(configuration, facts).replacing(path, with: "skiff.yaml")
        }

        #expect(
            text == """
                skiffd \(Release.version) serves as node node1
                  cluster  0123456789abcdef0123456789abcdef, members: node1, node2
                  http     0.0.0.0:80, advertised as a:80
                  raft     [::]:1111, advertised as a:1111
                  data     /data
                  settings flags: --data-dir; environment: SERVER_PORT, RAFT_NODE_ID; file skiff.yaml: log.level
                """)
    }

    @Test("A node that belongs to no cluster says so")
    func waiting() {
        let configuration = ServerConfiguration(nodeID: "node1")
        let text = Banner.text(configuration, Banner.Facts(httpListening: "*:1", raftListening: "*:2"))

        #expect(text.contains("\n  cluster  none: waiting to be joined\n"))
        #expect(text.contains("\n  http     *:1, advertised as other nodes see it\n"))
        #expect(text.contains("\n  raft     *:2, advertised as other nodes see it\n"))
        #expect(text.hasSuffix("\n  settings all defaults"))
    }
}
