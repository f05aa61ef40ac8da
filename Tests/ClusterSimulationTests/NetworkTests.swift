import Testing

@testable import ClusterSimulation

/// Node 0 is the lower of the two.
@Suite("Links between simulated nodes")
struct NetworkTests {
    private var network = Network(nodeCount: 3)

    private mutating func link(lives: (UInt32, UInt32) = (1, 1)) -> UInt64 {
        let session = network.agree(0, life: lives.0, 1, lifeOfOther: lives.1)
        let lowerOpens = network.setOpen(true, from: 0, to: 1, session: session, now: 5)
        #expect(lowerOpens)
        let higherOpens = network.setOpen(true, from: 1, to: 0, session: session, now: 6)
        #expect(higherOpens)
        return session
    }

    @Test("The first link takes the place of none")
    mutating func first() {
        _ = link()

        let atLower = network.takeFormer(from: 0, to: 1)
        #expect(atLower == .none)
        let atHigher = network.takeFormer(from: 1, to: 0)
        #expect(atHigher == .none)
        #expect(network.shareSession(0, 1))
    }

    @Test("A link takes the place of one to the same process without a close")
    mutating func sameProcess() {
        let former = link()
        let session = link()

        #expect(session != former)
        let replaced = network.takeFormer(from: 0, to: 1)
        #expect(replaced == .sameProcess)
        let replacedOnce = network.takeFormer(from: 0, to: 1)
        #expect(replacedOnce == .none)
        // News of the former one come too late.
        let oldNews = network.setOpen(false, from: 0, to: 1, session: former, now: 7)
        #expect(!oldNews)
        #expect(network.isOpen(from: 0, to: 1))
    }

    @Test("A process that starts again has links of its own, and its peer a new one in the place of the old one")
    mutating func restart() {
        _ = link()
        network.forget(1)
        #expect(network.hasSession(0, 1))
        #expect(!network.shareSession(0, 1))
        _ = link(lives: (1, 2))

        let atPeer = network.takeFormer(from: 0, to: 1)
        #expect(atPeer == .earlierProcess)
        let atRestarted = network.takeFormer(from: 1, to: 0)
        #expect(atRestarted == .none)
    }

    @Test("The lower node refuses another link to the same process, not to a later one, and the higher node none")
    mutating func refusal() {
        let session = link()
        let higherCloses = network.setOpen(false, from: 1, to: 0, session: session, now: 7)
        #expect(higherCloses)
        #expect(network.refusesAnother(low: 0, high: 1, lifeOfHigh: 1))
        #expect(!network.refusesAnother(low: 0, high: 1, lifeOfHigh: 2))

        let lowerCloses = network.setOpen(false, from: 0, to: 1, session: session, now: 8)
        #expect(lowerCloses)
        #expect(!network.refusesAnother(low: 0, high: 1, lifeOfHigh: 1))
    }

    @Test("A node that no longer wants a link names it once, and drops its own end alone")
    mutating func unwanted() {
        let atFirst = network.want(from: 0, [1, 2])
        #expect(atFirst == [])
        let session = link()

        let unwanted = network.want(from: 0, [2])
        #expect(unwanted == [1])
        let later = network.want(from: 0, [2])
        #expect(later == [])
        let ended = network.drop(from: 0, to: 1)
        #expect(ended == session)
        #expect(!network.isOpen(from: 0, to: 1))
        #expect(network.isOpen(from: 1, to: 0))
    }
}
