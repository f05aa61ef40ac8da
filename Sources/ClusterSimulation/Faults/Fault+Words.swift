extension Fault: CustomStringConvertible {
    /// The fault in words, as scenarios write it.
    var description: String {
        switch self {
        case .crash(let target, 0, let downtime): "crash \(target) for \(downtime)"
        case .crash(let target, let effects, let downtime): "crash \(target) after \(effects) effects for \(downtime)"
        case .powerLoss(let downtime): "power-loss for \(downtime)"
        case .power(let target, 0, let downtime): "power \(target) for \(downtime)"
        case .power(let target, let calls, let downtime): "power \(target) after \(calls) calls for \(downtime)"
        case .powerInInstallation(let target, let calls, let downtime):
            "power-in-installation \(target) after \(calls) calls for \(downtime)"
        case .powerOfSome(let set, let downtime): "power-of \(Target.letters(of: set)) for \(downtime)"
        case .pause(let target, let time): "pause \(target) for \(time)"
        case .slow(let target, let time): "slow \(target) for \(time)"
        case .terminate(let target, let downtime): "terminate \(target) for \(downtime)"
        case .hangDisk(let target, let time): "hang-disk \(target) for \(time)"
        case .hangApply(let target, let time): "hang-apply \(target) for \(time)"
        case .hangReads(let target, let time): "hang-reads \(target) for \(time)"
        case .failSync(let target, let downtime): "fail-sync \(target) for \(downtime)"
        case .fillDisk(let target, let bytes, let time): "fill-disk \(target) leaving \(bytes) for \(time)"
        case .failReads(let target, let time): "fail-reads \(target) for \(time)"
        case .oldDisk(let target, let downtime): "old-disk \(target) for \(downtime)"
        case .oldDatabase(let target, let downtime): "old-database \(target) for \(downtime)"
        case .wipe(let target, let downtime): "wipe \(target) for \(downtime)"
        case .crashInRepair(let downtime): "crash-in-repair for \(downtime)"
        case .flipBit(let target, let place, let downtime): "flip-bit \(target) at \(place) for \(downtime)"
        case .cutFile(let target, let place, let downtime): "cut-file \(target) at \(place) for \(downtime)"
        case .rot(let target, let downtime): "rot \(target) for \(downtime)"
        case .compact(let target): "compact \(target)"
        case .isolate(let target, let time): "isolate \(target) for \(time)"
        case .deafen(let from, let to, let time): "deafen \(to) to \(from) for \(time)"
        case .cut(let one, let other, let time): "cut \(one) \(other) for \(time)"
        case .split(let set, let time): "split \(Target.letters(of: set)) for \(time)"
        case .breakLink(let one, let other): "break-link \(one) \(other)"
        case .storm(let time): "storm for \(time)"
        case .join(let target, nil): "join \(target)"
        case .join(let target, let adoption?): "join \(target) \(adoption)"
        case .add(let target): "add \(target)"
        case .promote(let target): "promote \(target)"
        case .demote(let target): "demote \(target)"
        case .remove(let target): "remove \(target)"
        case .upgrade(let target, let downtime): "upgrade \(target) for \(downtime)"
        case .downgrade(let target, let downtime): "downgrade \(target) for \(downtime)"
        case .raiseLevel: "raise-level"
        case .transfer(nil): "transfer"
        case .transfer(let target?): "transfer to \(target)"
        }
    }

    /// Whether it gives a node an older copy of its disk or of its database.
    var bringsBackDisk: Bool {
        switch self {
        case .oldDisk, .oldDatabase: true
        default: false
        }
    }

    /// How each fault is written.
    static let forms = [
        "crash NODE [after COUNT effects] for MS", "power-loss for MS", "power NODE [after COUNT calls] for MS",
        "power-in-installation NODE after COUNT calls for MS", "power-of LETTERS for MS",
        "pause NODE for MS", "slow NODE for MS", "terminate NODE for MS",
        "hang-disk NODE for MS", "hang-apply NODE for MS", "hang-reads NODE for MS", "fail-sync NODE for MS",
        "fill-disk NODE leaving BYTES for MS", "fail-reads NODE for MS", "old-disk NODE for MS",
        "old-database NODE for MS", "wipe NODE for MS", "crash-in-repair for MS",
        "flip-bit NODE at PLACE for MS", "cut-file NODE at PLACE for MS", "rot NODE for MS",
        "compact NODE", "isolate NODE for MS",
        "deafen NODE to NODE for MS", "cut NODE NODE for MS", "split LETTERS for MS", "break-link NODE NODE",
        "storm for MS", "join NODE [broken at STEP by MANNER]", "add NODE", "promote NODE", "demote NODE",
        "remove NODE", "upgrade NODE for MS", "downgrade NODE for MS", "raise-level", "transfer [to NODE]",
    ]

    /// Reads a fault back; nil if the words are none.
    init?(words text: String) {
        let words = text.split(separator: " ").map(String.init)
        let time = words.count >= 3 && words[words.count - 2] == "for" ? Int(words[words.count - 1]) : nil
        let rest = time == nil ? words[...] : words.dropLast(2)
        let targets = rest.dropFirst().compactMap { Target($0) }
        guard let verb = rest.first, let fault = Self.lasting(verb, Array(rest), targets, time ?? -1) else {
            return nil
        }
        // Nothing may be left over: the words say the whole fault.
        guard fault.description == text else { return nil }
        self = fault
    }

    private static func lasting(_ verb: String, _ words: [String], _ targets: [Target], _ time: Int) -> Fault? {
        switch (verb, targets.count) {
        case ("crash", 1): .crash(targets[0], afterEffects: number(after: 3, words), downtime: time)
        case ("power-loss", 0): .powerLoss(downtime: time)
        case ("power", 1): .power(targets[0], afterCalls: number(after: 3, words), downtime: time)
        case ("power-in-installation", 1):
            .powerInInstallation(targets[0], afterCalls: number(after: 3, words), downtime: time)
        case ("power-of", _): Target.set(of: words.last ?? "").map { .powerOfSome(set: $0, downtime: time) }
        case ("pause", 1): .pause(targets[0], time)
        case ("slow", 1): .slow(targets[0], time)
        case ("terminate", 1): .terminate(targets[0], downtime: time)
        case ("hang-disk", 1): .hangDisk(targets[0], time)
        case ("hang-apply", 1): .hangApply(targets[0], time)
        case ("hang-reads", 1): .hangReads(targets[0], time)
        case ("fail-sync", 1): .failSync(targets[0], downtime: time)
        case ("fill-disk", 1): .fillDisk(targets[0], leaving: number(after: 3, words), time)
        case ("fail-reads", 1): .failReads(targets[0], time)
        case ("old-disk", 1): .oldDisk(targets[0], downtime: time)
        case ("old-database", 1): .oldDatabase(targets[0], downtime: time)
        case ("flip-bit", 1): .flipBit(targets[0], at: number(after: 3, words), downtime: time)
        case ("cut-file", 1): .cutFile(targets[0], at: number(after: 3, words), downtime: time)
        case ("rot", 1): .rot(targets[0], downtime: time)
        case ("wipe", 1): .wipe(targets[0], downtime: time)
        case ("crash-in-repair", 0): .crashInRepair(downtime: time)
        case ("upgrade", 1): .upgrade(targets[0], downtime: time)
        case ("downgrade", 1): .downgrade(targets[0], downtime: time)
        case ("isolate", 1): .isolate(targets[0], time)
        case ("deafen", 2): .deafen(from: targets[1], to: targets[0], time)
        case ("cut", 2): .cut(targets[0], targets[1], time)
        case ("split", _): Target.set(of: words.last ?? "").map { .split(set: $0, time) }
        case ("storm", 0): .storm(time)
        case ("join", 1): .join(targets[0], AdoptionBreak(words: Array(words.dropFirst(2))))
        default: momentary(verb, targets)
        }
    }

    private static func momentary(_ verb: String, _ targets: [Target]) -> Fault? {
        switch (verb, targets.count) {
        case ("break-link", 2): .breakLink(targets[0], targets[1])
        case ("compact", 1): .compact(targets[0])
        case ("add", 1): .add(targets[0])
        case ("promote", 1): .promote(targets[0])
        case ("demote", 1): .demote(targets[0])
        case ("remove", 1): .remove(targets[0])
        case ("raise-level", 0): .raiseLevel
        case ("transfer", _): .transfer(targets.first)
        default: nil
        }
    }

    /// The number after the first words; 0 if there is none.
    private static func number(after count: Int, _ words: [String]) -> Int {
        words.count > count ? Int(words[count]) ?? 0 : 0
    }
}
