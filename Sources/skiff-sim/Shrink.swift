internal import ArgumentParser
internal import ClusterSimulation
internal import RaftCore

/// Makes a failing seed small: leaves out faults, and ends them earlier, as long as it still fails.
struct Shrink: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Leaves out the faults of a failing seed that it does not need.",
        discussion: """
            Prints what is left as a scenario, which `skiff-sim play` plays and which can be kept as a file. Each try \
            is a process of its own, so that a seed that ends the process can be made small too.

            Exit status: 0 the seed fails and is printed, 64 wrong arguments or a seed that does not fail.
            """)

    @Option(help: "The seed that fails.")
    var seed: UInt64

    @OptionGroup var world: WorldOptions

    func run() throws {
        let profile = world.profile ?? SeedRun.profile(of: seed)
        let run = SeedRun(seed: seed, profile: profile, mutant: world.mutant)
        var arguments = ["run", "--seed", "\(seed)", "--profile", profile.rawValue]
        if let mutant = world.mutant { arguments += ["--mutant", mutant.rawValue] }
        func fails(_ without: Set<Int>, _ length: Int) throws -> Bool {
            let list = without.sorted().map(String.init).joined(separator: ",")
            let status = try ChildRun(arguments + ["--without", list, "--length", "\(length)"]).status
            // Whatever else the child says is not about the seed.
            guard [0, 1].contains(status) || status > 128 else {
                throw ExitCode(status)
            }
            return status != 0
        }
        guard try fails([], run.length) else {
            throw ValidationError("seed \(seed) of the profile \(profile.rawValue) does not fail")
        }
        var length = run.length
        // Half of the rest at a time, from the end.
        var step = length / 2
        while step >= 20 {
            if length > step, try fails([], length - step) { length -= step } else { step /= 2 }
        }
        var left = Set(run.faults.indices)
        var part = max(1, left.count / 2)
        while part >= 1 {
            for start in stride(from: 0, to: left.count, by: part) {
                let block = Set(left.sorted().dropFirst(start).prefix(part))
                let without = Set(run.faults.indices).subtracting(left).union(block)
                if !block.isEmpty, try fails(without, length) { left.subtract(block) }
            }
            if part == 1 { break }
            part /= 2
        }
        let without = Set(run.faults.indices).subtracting(left)
        let small = run.without(without, length: length)
        print("# \(small.faults.count) of \(run.faults.count) faults, \(length) of \(run.length) ms")
        print(small.text, terminator: "")
        let list = without.sorted().map(String.init).joined(separator: ",")
        let call = arguments.joined(separator: " ")
        print("# replay: skiff-sim \(call) --without '\(list)' --length \(length) --trace")
    }
}
