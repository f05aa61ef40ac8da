import ClusterControl
import NIOCore
import PeerTransport
import RaftCore
import Testing

@testable import ClusterSimulation

@Suite("Transports on simulated streams")
struct StreamTests {
    private static let seeds = UInt64(1)...20
    private static let rough = StreamWeather(delayMin: 50_000, delayMax: 5_000_000, loss: 50, splits: 300)

    /// All nodes dial at once.
    private static var eager: PeerTransportSettings {
        var settings = PeerTransportSettings(seed: 1)
        settings.firstPassiveDialPause = .zero
        settings.passiveDialPause = .milliseconds(5)
        return settings
    }

    @Test("A link opens, and messages arrive in order however reads are cut", arguments: seeds)
    func order(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed, weather: Self.rough) { lab in
            lab.expect(within: 2_000) { lab.isLinked(0, 1) }
            for round in UInt64(0)..<20 {
                lab.send((round * 10 + 1)...(round * 10 + 10), from: 0, to: 1)
                lab.send((round * 10 + 1)...(round * 10 + 10), from: 1, to: 0)
                lab.run(milliseconds: 3)
            }
            lab.run(milliseconds: 2_000) {
                lab.process(1).messages.count == 200 && lab.process(0).messages.count == 200
            }

            for machine in 0...1 {
                #expect(lab.process(machine).messages == Array(1...200))
                #expect(lab.process(machine).count(of: .linkOpened(StreamLab.id(1 - machine))) == 1)
            }
        }
    }

    @Test("Where all dial at once, one link per pair stays")
    func duplicates() {
        var most = 0
        for seed in Self.seeds {
            StreamLab.with(machines: 3, seed: seed, Self.eager, weather: Self.rough) { lab in
                lab.run(milliseconds: 3_000)
                #expect(lab.network.connections.count == 3, "seed \(seed)")
                for (one, other) in [(0, 1), (0, 2), (1, 2)] {
                    #expect(lab.isLinked(one, other), "seed \(seed)")
                    lab.send(7...7, from: one, to: other)
                    lab.send(7...7, from: other, to: one)
                }
                lab.run(milliseconds: 500)
                for machine in 0...2 { #expect(lab.process(machine).messages == [7, 7], "seed \(seed)") }
                most = max(most, lab.connectionsSeen)
            }
        }
        #expect(most > 3)
    }

    @Test("A cut says nothing: both ends notice it by silence, and find each other after it", arguments: seeds)
    func cut(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed) { lab in
            lab.run(milliseconds: 1_000)
            lab.cut(from: 0, to: 1)
            lab.cut(from: 1, to: 0)
            lab.run(milliseconds: 1_000)
            #expect(lab.isLinked(0, 1))
            lab.run(milliseconds: 2_000)
            #expect(lab.process(0).count(of: .unreachable("b")) == 1)
            #expect(lab.process(1).count(of: .unreachable("a")) == 1)

            lab.mend()
            lab.expect(within: 4_000) { lab.isLinked(0, 1) }
        }
    }

    @Test("In a cut of one direction only that end falls silent which is not heard", arguments: seeds)
    func cutOneWay(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed) { lab in
            lab.run(milliseconds: 1_000)
            lab.cut(from: 0, to: 1)
            lab.send(1...5, from: 0, to: 1)
            lab.send(1...5, from: 1, to: 0)
            lab.run(milliseconds: 700)
            #expect(lab.process(0).messages == Array(1...5))
            #expect(lab.process(1).messages.isEmpty)

            // The kernel sends again.
            lab.mend()
            lab.expect(within: 3_000) { lab.process(1).messages == Array(1...5) }
            #expect(lab.process(1).count(of: .unreachable("a")) == 0)
        }
    }

    @Test("A killed process is missed at once; what it had sent may arrive", arguments: seeds)
    func kill(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed) { lab in
            lab.run(milliseconds: 1_000)
            lab.send(1...5, from: 0, to: 1)
            lab.kill(0)
            lab.expect(within: 5) { lab.process(1).count(of: .unreachable("a")) > 0 }
            #expect(lab.process(1).messages.isEmpty || lab.process(1).messages == Array(1...5))

            lab.start(0)
            lab.expect(within: 2_000) { lab.isLinked(0, 1) }
        }
    }

    @Test("A machine without power is missed by its silence", arguments: seeds)
    func power(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed) { lab in
            lab.run(milliseconds: 1_000)
            lab.cutPower(of: 1)
            lab.run(milliseconds: 1_500)
            #expect(lab.process(0).count(of: .unreachable("b")) == 0)
            lab.expect(within: 1_500) { lab.process(0).count(of: .unreachable("b")) == 1 }

            lab.start(1)
            lab.expect(within: 4_000) { lab.isLinked(0, 1) }
        }
    }

    @Test("A machine that is back soon replaces its link or says that it knows of none", arguments: seeds)
    func restart(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed) { lab in
            lab.run(milliseconds: 1_000)
            lab.cutPower(of: 1)
            lab.run(milliseconds: 300)
            lab.start(1)
            lab.expect(within: 1_200) { lab.process(0).count(of: .unreachable("b")) == 1 }
            lab.expect(within: 2_000) { lab.isLinked(0, 1) }
        }
    }

    @Test("Of a reset each end learns in its own time", arguments: seeds)
    func reset(seed: UInt64) throws {
        try StreamLab.with(machines: 2, seed: seed, weather: Self.rough) { lab in
            lab.run(milliseconds: 1_000)
            lab.network.reset(try #require(lab.network.connections.first))
            lab.run(milliseconds: 10) {
                lab.process(0).count(of: .unreachable("b")) > 0 && lab.process(1).count(of: .unreachable("a")) > 0
            }
            let times = (lab.process(0).time(of: .unreachable("b")), lab.process(1).time(of: .unreachable("a")))
            #expect(try #require(times.0) != #require(times.1))
            lab.expect(within: 3_000) { lab.isLinked(0, 1) }
        }
    }

    @Test("A process that stands still reads afterwards what came meanwhile", arguments: seeds)
    func pause(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed) { lab in
            lab.run(milliseconds: 1_000)
            lab.pause(1, milliseconds: 1_000)
            lab.send(1...5, from: 0, to: 1)
            lab.run(milliseconds: 900)
            #expect(lab.process(1).messages.isEmpty)
            lab.run(milliseconds: 200)
            #expect(lab.process(1).messages == Array(1...5))
            #expect(lab.process(0).count(of: .unreachable("b")) == 0)
        }
    }

    @Test("A machine that refuses is news; one that does not answer is none")
    func refusal() {
        StreamLab.with(machines: 2, seed: 1) { lab in
            lab.kill(1)
            lab.expect(within: 1_000) { lab.process(0).count(of: .unreachable("b")) >= 3 }
        }
        StreamLab.with(machines: 2, seed: 1) { lab in
            lab.cutPower(of: 1)
            lab.run(milliseconds: 5_000)
            #expect(lab.process(0).heard.isEmpty)
        }
    }

    @Test("A node is asked who it is, and to come over", arguments: seeds)
    func control(seed: UInt64) {
        StreamLab.with(machines: 2, seed: seed, weather: Self.rough) { lab in
            var answer: AdoptionAnswer?
            let address = MachineAddress(1).description
            let transport = lab.process(0).transport
            transport.introduce(to: address, timeoutMilliseconds: 1_000).assumeIsolated().whenSuccess { introduction in
                let request = AdoptionRequest(
                    nodeID: introduction.nodeID, startID: introduction.startID, clusterID: ClusterID(high: 3, low: 4),
                    consent: "yes", leaderID: "a", leaderAddress: MachineAddress(0).description)
                transport.adopt(at: address, request: request, timeoutMilliseconds: 1_000).assumeIsolated()
                    .whenSuccess { answer = $0 }
            }
            lab.expect(within: 2_000) { answer == .accepted(InstanceID(high: 1, low: 2)) }
        }
    }

    @Test("The same seed gives the same run")
    func determinism() {
        let hashes = [UInt64(1), 1, 2, 3].map { seed in
            StreamLab.with(machines: 3, seed: seed, Self.eager, weather: Self.rough) { lab in
                lab.run(milliseconds: 1_000)
                lab.kill(2)
                lab.run(milliseconds: 500)
                lab.start(2)
                lab.run(milliseconds: 2_000)
                return lab.trace.value
            }
        }
        #expect(hashes[0] == hashes[1])
        #expect(Set(hashes).count == 3)
    }
}
