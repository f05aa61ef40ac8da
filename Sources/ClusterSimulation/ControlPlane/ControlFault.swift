/// What a schedule does to the processes of a control plane, and what operators ask for.
enum ControlFault {
    /// Asks for a join of a node that is no member; with a break, its adoption breaks off.
    case join(AdoptionStep?, AdoptionBreak.Manner)
    case remove(Int)
    case crash(Int, downtime: Int)
    case powerLoss(Int, downtime: Int)
    case crashLeader(downtime: Int)
    case terminate(Int, downtime: Int)
    case pause(Int, milliseconds: Int)
    case isolate(Int, milliseconds: Int)
    case cut(from: Int, to: Int, milliseconds: Int)
    case resetLinks(Int)

    init(drawnFrom draw: inout Draw, machines: Int) {
        let machine = draw.below(machines)
        let downtime = draw.within(20...800)
        switch draw.below(16) {
        case 0...4:
            let steps = AdoptionStep.allCases
            let manners = AdoptionBreak.Manner.allCases
            self = .join(
                draw.chance(perMille: 750) ? steps[draw.below(steps.count)] : nil, manners[draw.below(manners.count)])
        case 5...6: self = .remove(machine)
        case 7: self = .crash(machine, downtime: downtime)
        case 8: self = .powerLoss(machine, downtime: downtime)
        case 9...10: self = .crashLeader(downtime: downtime)
        case 11: self = .terminate(machine, downtime: downtime)
        case 12: self = .pause(machine, milliseconds: draw.within(50...1_500))
        case 13: self = .isolate(machine, milliseconds: draw.within(100...1_500))
        case 14:
            self = .cut(from: machine, to: draw.below(machines), milliseconds: draw.within(100...1_500))
        default: self = .resetLinks(machine)
        }
    }
}
