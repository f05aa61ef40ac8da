/// The kinds of faults, each of which a seed has or has not.
enum FaultKind: CaseIterable {
    case crash, crashLeader, powerLoss, power, powerOfSome, pause, slow, terminate
    case hangDisk, hangApply, hangReads, failSync, fillDisk, failReads, oldDisk, rival, oldDatabase, flipBit, cutFile
    case rot, compact, straggle
    case isolate, isolateLeader, deafen, cut, split, breakLink, storm
    case members, transfer
    case release, raiseLevel
    case join, leave, wipe, exchange

    func isDrawn(in profile: Profile) -> Bool {
        if self == .exchange { return profile == .namesakes }
        if profile.hasControlPlane { return isDrawnForJoins }
        return switch self {
        case .rot: profile == .rot
        case .straggle: [.swarm, .failovers, .membership, .upgrades, .rot].contains(profile)
        case .crash, .powerLoss, .pause, .slow, .hangDisk, .isolate, .isolateLeader, .split:
            profile != .lostData && profile != .damage
        case .power, .powerOfSome, .terminate, .hangApply, .hangReads, .failSync, .fillDisk, .failReads:
            profile != .lostData && profile != .damage && profile != .snapshots
        case .crashLeader, .deafen, .cut, .breakLink, .storm: true
        case .members: [.swarm, .membership, .snapshots, .upgrades].contains(profile)
        case .release, .raiseLevel: profile == .upgrades
        case .transfer: profile != .failovers && profile != .damage
        case .oldDisk, .rival: profile == .lostData
        case .oldDatabase, .flipBit, .cutFile: profile == .damage
        case .compact: profile == .snapshots
        case .join, .leave, .wipe, .exchange: false
        }
    }

    private var isDrawnForJoins: Bool {
        switch self {
        case .crash, .crashLeader, .powerLoss, .power, .terminate, .pause, .isolate, .isolateLeader, .deafen, .cut,
            .split, .breakLink, .transfer, .join, .leave:
            true
        default: false
        }
    }

    /// What comes at a time of the schedule, or from then on.
    func items(
        at time: Int, _ draw: inout Draw, _ settings: SimulationSettings, reach: Int
    ) -> [Schedule.Item] {
        switch self {
        case .rival: return Self.rivalry(from: time, &draw, settings)
        case .exchange: return Self.exchange(from: time, &draw, settings)
        case .straggle: return Self.straggler(from: time, &draw, settings)
        case .rot where draw.chance(perMille: 500): return Self.rottenLeader(from: time, &draw, settings)
        case .release where draw.chance(perMille: 700): return Self.rollOut(from: time, &draw, reach)
        default: return [Schedule.Item(time: time, fault: fault(&draw, settings, reach: reach))]
        }
    }

    /// A follower loses its leader, falls behind and asks for votes. The disk of another one goes back, and the leader,
    /// who has to find that out, cannot reach it at once. Mostly it ends soon after it could: then that node knows of
    /// its loss, and is not repaired.
    private static func rivalry(
        from time: Int, _ draw: inout Draw, _ settings: SimulationSettings
    ) -> [Schedule.Item] {
        let count = settings.voters - 1
        let place = draw.below(count)
        let rival = Target.follower((place + 1 + draw.below(count - 1)) % count)
        let lead = Self.time(&draw, 60...400)
        let downtime = Self.time(&draw, 1...30)
        let silence = downtime + (draw.chance(perMille: 500) ? Self.time(&draw, 20...90) : draw.within(3...25))
        var items = [
            Schedule.Item(time: time, fault: .cut(.leader, rival, lead + silence + 100)),
            Schedule.Item(time: time + lead, fault: .cut(.leader, .follower(place), silence)),
            Schedule.Item(time: time + lead + 1, fault: .oldDisk(.follower(place), downtime: downtime)),
        ]
        if draw.chance(perMille: 700) {
            let downtime = draw.within(150...500)
            items.append(Schedule.Item(time: time + lead + 1, fault: .crashInRepair(downtime: downtime)))
        }
        return items
    }

    /// A node is cut off until the others have cut off their logs what it needs, and gets a snapshot when it is back.
    /// If it led, it has entries that nobody else has. Something may be wrong with it that concerns the installation.
    private static func straggler(
        from time: Int, _ draw: inout Draw, _ settings: SimulationSettings
    ) -> [Schedule.Item] {
        let target = draw.chance(perMille: 300) ? Target.leader : .node(draw.below(settings.voters))
        let silence = target == .leader ? draw.within(200...600) : Self.time(&draw, 150...900)
        let lead = draw.within(1...60)
        var items = [Schedule.Item(time: time + lead, fault: .isolate(target, silence))]
        switch draw.below(8) {
        case 0...2: items.append(Schedule.Item(time: time, fault: .hangApply(target, silence + draw.within(100...500))))
        case 3: items.append(Schedule.Item(time: time, fault: .hangDisk(target, silence + draw.within(1...50))))
        case 4...6:
            let downtime = Self.time(&draw, 1...300)
            let failure = Fault.powerInInstallation(target, afterCalls: draw.below(16), downtime: downtime)
            items.append(Schedule.Item(time: time, fault: failure))
        default: break
        }
        return items
    }

    /// The node whose data change leads soon after, while another one may need a snapshot.
    private static func rottenLeader(
        from time: Int, _ draw: inout Draw, _ settings: SimulationSettings
    ) -> [Schedule.Item] {
        let number = draw.below(settings.voters)
        let other = (number + 1 + draw.below(settings.voters - 1)) % settings.voters
        let silence = draw.within(150...500)
        let lead = draw.within(20...silence)
        return [
            Schedule.Item(time: time, fault: .isolate(.node(other), silence)),
            Schedule.Item(time: time + lead, fault: .rot(.node(number), downtime: Self.time(&draw, 1...20))),
            Schedule.Item(time: time + lead + draw.within(20...150), fault: .transfer(.node(number))),
        ]
    }

    /// A member is cut off, removed, and its namesake taken in. Then the old directory comes back together with some of
    /// the others: they would be a majority if it counted as the member whose name it has.
    private static func exchange(
        from time: Int, _ draw: inout Draw, _ settings: SimulationSettings
    ) -> [Schedule.Item] {
        let former = settings.namesakes.trailingZeroBitCount
        let silence = draw.within(400...1_500)
        var others = (0..<settings.voters).filter { $0 != former }
        var set = 1 << former
        for _ in 0..<(settings.voters / 2) { set |= 1 << others.remove(at: draw.below(others.count)) }
        let join = time + draw.within(100...350)
        var items = [
            Schedule.Item(time: time, fault: .isolate(.node(former), silence)),
            Schedule.Item(time: time + Self.time(&draw, 1...50), fault: .remove(.node(former))),
            Schedule.Item(time: join, fault: .join(.node(settings.voters), nil)),
            Schedule.Item(time: time + silence, fault: .split(set: set, draw.within(300...1_500))),
        ]
        if draw.chance(perMille: 500) {
            // While it is sent the log, the namesake passes through times in which the other one was the member.
            let cut = join + Self.time(&draw, 30...300)
            items.append(
                Schedule.Item(time: cut, fault: .isolate(.node(settings.voters), draw.within(300...1_000))))
        }
        return items
    }

    /// All nodes are upgraded, one after the other. When the level of the cluster is about to rise, somebody goes back
    /// on one or two of them, and mostly thinks better of it later.
    private static func rollOut(from time: Int, _ draw: inout Draw, _ reach: Int) -> [Schedule.Item] {
        var items: [Schedule.Item] = []
        var now = time
        for number in 0..<reach {
            items.append(
                Schedule.Item(time: now, fault: .upgrade(.node(number), downtime: Self.time(&draw, 1...20))))
            now += draw.within(5...40)
        }
        now += draw.within(40...250)
        items.append(Schedule.Item(time: now, fault: .raiseLevel))
        guard draw.chance(perMille: 800) else { return items }
        for _ in 0..<draw.within(1...2) {
            let target = Target.node(draw.below(reach))
            now += Self.time(&draw, 1...30)
            items.append(
                Schedule.Item(time: now, fault: .downgrade(target, downtime: Self.time(&draw, 1...40))))
            if draw.chance(perMille: 700) {
                let later = now + draw.within(60...900)
                items.append(Schedule.Item(time: later, fault: .upgrade(target, downtime: 5)))
            }
        }
        return items
    }

    /// `reach` is how many nodes may be met by their letters or by their places among the members.
    func fault(_ draw: inout Draw, _ settings: SimulationSettings, reach: Int) -> Fault {
        let target = Self.target(&draw, settings, reach)
        let follower = Target.follower(draw.below(settings.voters - 1))
        switch self {
        case .crash:
            return .crash(target, afterEffects: Self.effects(&draw, settings), downtime: Self.time(&draw, 1...1_200))
        case .crashLeader:
            return .crash(.leader, afterEffects: Self.effects(&draw, settings), downtime: Self.time(&draw, 1...1_200))
        case .powerLoss: return .powerLoss(downtime: Self.time(&draw, 1...300))
        case .power:
            return .power(target, afterCalls: Self.effects(&draw, settings), downtime: Self.time(&draw, 1...800))
        case .powerOfSome:
            return .powerOfSome(set: 1 + draw.below(1 << reach - 1), downtime: Self.time(&draw, 1...600))
        case .pause: return .pause(target, Self.time(&draw, 5...1_500))
        case .slow: return .slow(target, Self.time(&draw, 50...1_500))
        case .terminate: return .terminate(target, downtime: Self.time(&draw, 1...500))
        case .hangDisk: return .hangDisk(target, Self.time(&draw, 20...1_500))
        case .hangApply: return .hangApply(target, Self.time(&draw, 20...1_000))
        case .hangReads: return .hangReads(target, Self.time(&draw, 20...1_000))
        case .failSync: return .failSync(target, downtime: Self.time(&draw, 1...800))
        case .fillDisk:
            return .fillDisk(target, leaving: draw.below(3_000), Self.time(&draw, 20...1_000))
        case .failReads: return .failReads(target, Self.time(&draw, 20...800))
        case .oldDisk, .rival: return .oldDisk(follower, downtime: Self.time(&draw, 1...100))
        case .oldDatabase: return .oldDatabase(follower, downtime: Self.time(&draw, 1...100))
        case .flipBit:
            return .flipBit(follower, at: draw.below(1 << 30), downtime: Self.time(&draw, 1...100))
        case .cutFile:
            return .cutFile(follower, at: draw.below(1 << 30), downtime: Self.time(&draw, 1...100))
        case .rot: return .rot(target, downtime: Self.time(&draw, 1...100))
        case .compact: return .compact(target)
        case .straggle:
            return .powerInInstallation(target, afterCalls: draw.below(20), downtime: Self.time(&draw, 1...300))
        case .isolate: return .isolate(target, Self.time(&draw, 10...1_500))
        case .isolateLeader: return .isolate(.leader, Self.time(&draw, 10...1_500))
        case .deafen: return .deafen(from: target, to: .node(draw.below(reach)), Self.time(&draw, 10...800))
        case .cut: return .cut(target, .node(draw.below(reach)), Self.time(&draw, 10...1_000))
        case .split: return .split(set: 1 + draw.below(1 << reach - 2), Self.time(&draw, 20...1_200))
        case .breakLink: return .breakLink(target, .node(draw.below(reach)))
        case .storm: return .storm(Self.time(&draw, 20...400))
        case .members: return Self.change(&draw, reach)
        case .release: return .upgrade(target, downtime: Self.time(&draw, 1...100))
        case .raiseLevel: return .raiseLevel
        case .transfer: return .transfer(draw.chance(perMille: 300) ? nil : target)
        case .join: return Self.join(&draw, settings)
        case .exchange: return .join(.node(settings.voters), nil)
        case .leave: return .remove(target)
        case .wipe: return .wipe(target, downtime: Self.time(&draw, 1...800))
        }
    }

    private static func change(_ draw: inout Draw, _ reach: Int) -> Fault {
        let member = Target.follower(draw.below(reach))
        return switch draw.below(20) {
        case 0...6: .add(.outsider)
        case 7...12: .promote(.learner)
        case 13: .demote(member)
        case 14...15: .remove(.leader)
        case 16: .remove(.node(draw.below(Schedule.nodeCountMax)))
        default: .remove(member)
        }
    }

    private static func join(_ draw: inout Draw, _ settings: SimulationSettings) -> Fault {
        let steps = AdoptionStep.allCases
        let manners = AdoptionBreak.Manner.allCases
        let adoption = AdoptionBreak(step: steps[draw.below(steps.count)], manner: manners[draw.below(manners.count)])
        let target = draw.chance(perMille: 400) ? Target.node(draw.below(settings.machines)) : .outsider
        return .join(target, draw.chance(perMille: 750) ? adoption : nil)
    }

    /// Mostly one of the first voters, without whom little happens, as long as nobody takes them out.
    private static func target(_ draw: inout Draw, _ settings: SimulationSettings, _ reach: Int) -> Target {
        let count = draw.chance(perMille: 400) ? reach : settings.voters
        return switch draw.below(10) {
        case 0...3: .leader
        case 4...6: .follower(draw.below(count - 1))
        default: .node(draw.below(count))
        }
    }

    /// How much a process or a store still does before its end. A process of a control plane ends between two events.
    private static func effects(_ draw: inout Draw, _ settings: SimulationSettings) -> Int {
        settings.hasControlPlane || draw.chance(perMille: 500) ? 0 : 1 + draw.below(8)
    }

    private static func time(_ draw: inout Draw, _ range: ClosedRange<UInt64>) -> Int { Int(draw.spread(range)) }
}
