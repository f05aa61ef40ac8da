import PeerTransport
import Testing

@testable import SkiffServer

@Suite("How open files are shared out")
struct OpenFileBudgetTests {
    private func budget(_ limit: Int) -> OpenFileBudget {
        var settings = PeerTransportSettings(seed: 0)
        settings.unauthenticatedConnectionsMax = OpenFileBudget.unauthenticatedConnectionsMax(limit: limit)
        return OpenFileBudget(limit: limit, peerConnectionsMax: settings.connectionsMax)
    }

    @Test(
        "A usual limit leaves all connections that are configured, a small one leaves some",
        arguments: [2_000, 20_000])
    func connections(configured: Int) {
        #expect(budget(1 << 20).connectionsMax(besides: 200, configured: configured) == configured)
        #expect((600..<900).contains(budget(1_024).connectionsMax(besides: 50, configured: configured)))
        #expect((60..<128).contains(budget(256).connectionsMax(besides: 50, configured: configured)))
    }

    @Test("Files of the store take the place of connections, one for one, until few are left")
    func growth() {
        let budget = budget(1_024)
        let before = budget.connectionsMax(besides: 50, configured: 20_000)

        #expect(budget.connectionsMax(besides: 150, configured: 20_000) == before - 100)
        #expect(budget.connectionsMax(besides: 1_000, configured: 20_000) == OpenFileBudget.connectionsMin)
        #expect(budget.room(besides: 1_000) < 0)
    }

    @Test("Whatever the limit is, the reserves for store and peers are below it", arguments: [128, 256, 1_024, 65_536])
    func reserves(limit: Int) {
        let budget = budget(limit)

        #expect(budget.storeReserve >= 16)
        #expect(budget.storeReserve + budget.peerConnectionsMax < limit - 32)
    }
}
