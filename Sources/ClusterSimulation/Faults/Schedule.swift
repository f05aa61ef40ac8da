/// All that happens to a cluster from outside, in the order of time: drawn before the run, so that it can be read,
/// shortened and played again.
struct Schedule {
    struct Item: Hashable {
        /// Milliseconds since the start.
        var time: Int
        var fault: Fault
    }

    static let nodeCountMax = 7

    var items: [Item] = []
    /// Milliseconds after which all faults end.
    var length = 3_000
    /// Steps of a scenario give a node an older copy of its disk.
    var stepsBringBackDisks = false

    /// Draws a schedule: which kinds of faults there are, how often each comes, and when.
    init(drawnFrom draw: inout Draw, profile: Profile, settings: SimulationSettings) {
        // A join takes as long as several faults of a cluster that is whole.
        let pace = profile.hasControlPlane ? 4 : 1
        length = pace * draw.within(1_500...3_500)
        var kinds = FaultKind.allCases.filter { $0.isDrawn(in: profile) && draw.chance(perMille: 450) }
        let essentials = profile.essentials(&draw)
        kinds += essentials
        // Where nobody is added, the other nodes have nothing to lose.
        let reach =
            settings.hasControlPlane
            ? settings.machines : kinds.contains(.members) ? Self.nodeCountMax : settings.voters
        let gap = pace * Int(draw.spread(60...300))
        var time = draw.within(150...500)
        while time < length {
            let kind = kinds[draw.below(kinds.count)]
            items += kind.items(at: time, &draw, settings, reach: reach)
            time += 1 + draw.below(2 * gap)
        }
        // One of these comes in any case, early enough for its consequences.
        items.append(Item(time: draw.within(300...900), fault: essentials[0].fault(&draw, settings, reach: reach)))
        items.removeAll { $0.time >= length }
        items.sort { $0.time < $1.time }
    }

    init() {}

    /// Whether a node gets an older copy of its disk or of its database.
    var bringsBackDisks: Bool {
        stepsBringBackDisks || items.contains { $0.fault.bringsBackDisk }
    }

    /// Whether every node that is ever a member is one from the beginning, and none loses what it had: then no node
    /// needs entries that all have had.
    var keepsHistories: Bool { !bringsBackDisks && !items.contains { $0.fault.needsWholeLog } }

    /// The schedule without the items at these places.
    func without(_ places: Set<Int>) -> Schedule {
        var rest = self
        rest.items = items.indices.filter { !places.contains($0) }.map { items[$0] }
        return rest
    }
}
