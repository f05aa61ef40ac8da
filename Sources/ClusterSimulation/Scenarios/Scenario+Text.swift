extension Scenario {
    /// The scenario in the form that `init(text:)` reads: what it is about, the settings that differ from the usual
    /// ones, the timetable, the steps.
    package var text: String {
        var lines = about.map { $0.isEmpty ? "#" : "# \($0)" }
        if !lines.isEmpty { lines.append("") }
        lines.append("seed \(seed)")
        if seedCount > 1 { lines.append("seeds \(seedCount)") }
        let usual = SimulationSettings()
        for setting in ScenarioSetting.all {
            let words = setting.words(settings)
            if words != setting.words(usual) { lines.append("\(setting.name) \(words)") }
        }
        if schedule.length > 0 { lines.append("length \(schedule.length)") }
        if !schedule.items.isEmpty { lines.append("") }
        for item in schedule.items { lines.append("at \(item.time) \(item.fault)") }
        if !steps.isEmpty { lines.append("") }
        for line in steps { lines.append("\(line.step)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads a scenario. The message of an error says what would be right.
    package init(text: String) throws(ScenarioMistake) {
        self.init()
        var hasLength = false
        for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let number = place + 1
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let verb = words.first else { continue }
            if verb.hasPrefix("#") {
                if place == about.count {
                    about.append(String(line.drop { $0 == "#" || $0.isWhitespace }))
                }
                continue
            }
            let rest = Array(words.dropFirst())
            switch verb {
            case "at": try addToTimetable(rest, number)
            case "length":
                schedule.length = try Self.count(rest, "length MS", number)
                hasLength = true
            default:
                if try !set(verb, rest, number) { try add(words, number) }
            }
        }
        schedule.items = schedule.items.enumerated().sorted { ($0.1.time, $0.0) < ($1.1.time, $1.0) }.map(\.1)
        if settings.hasBareCores || settings.hasControlPlane, let step = steps.first {
            throw ScenarioMistake(
                line: step.number, message: "bare cores and control planes have a timetable, and no steps")
        }
        if !hasLength { schedule.length = schedule.items.last?.time ?? 0 }
    }

    private static func count(_ words: [String], _ form: String, _ line: Int) throws(ScenarioMistake) -> Int {
        guard words.count == 1, let number = Int(words[0]), number > 0 else {
            throw ScenarioMistake(line: line, message: "it must be '\(form)', with a number from 1 on")
        }
        return number
    }

    private mutating func addToTimetable(_ words: [String], _ line: Int) throws(ScenarioMistake) {
        guard steps.isEmpty else {
            throw ScenarioMistake(line: line, message: "the timetable must come before the first step")
        }
        guard let time = words.first.flatMap({ Int($0) }), time >= 0 else {
            throw ScenarioMistake(line: line, message: "it must be 'at MS FAULT'")
        }
        let text = words.dropFirst().joined(separator: " ")
        guard let fault = Fault(words: text) else { throw Self.mistake(of: text, Fault.forms, "fault", line) }
        schedule.items.append(Schedule.Item(time: time, fault: fault))
    }

    /// False if the word is not that of a setting.
    private mutating func set(_ name: String, _ words: [String], _ line: Int) throws(ScenarioMistake) -> Bool {
        let setting = ScenarioSetting.all.first { $0.name == name }
        guard setting != nil || name == "seed" || name == "seeds" else { return false }
        guard steps.isEmpty, schedule.items.isEmpty else {
            throw ScenarioMistake(line: line, message: "settings must come before the timetable and the first step")
        }
        if name == "seed" {
            guard words.count == 1, let number = UInt64(words[0]) else {
                throw ScenarioMistake(line: line, message: "it must be 'seed NUMBER'")
            }
            seed = number
        } else if name == "seeds" {
            seedCount = try Self.count(words, "seeds COUNT", line)
        } else if let setting, !setting.set(&settings, words) {
            throw ScenarioMistake(
                line: line,
                message: "'\(words.joined(separator: " "))' is not a value: it must be '\(name) \(setting.form)'")
        }
        return true
    }

    private mutating func add(_ words: [String], _ line: Int) throws(ScenarioMistake) {
        let text = words.joined(separator: " ")
        if let step = ScenarioStep(words: text) { return steps.append(ScenarioLine(number: line, step: step)) }
        if ["until", "expect", "hold"].contains(words[0]), words.count > 1 {
            let form = ScenarioStep.forms.first { $0.hasPrefix(words[0]) } ?? ""
            throw ScenarioMistake(
                line: line,
                message: """
                    '\(text)' is not '\(form)', where STATE is one of: \
                    \(ScenarioState.forms.joined(separator: ", ")); POINT is one of: \
                    \(Coverage.Point.allCases.map { "\($0)" }.joined(separator: ", "))
                    """)
        }
        let settings = ScenarioSetting.all.map(\.name)
        throw Self.mistake(
            of: text, ScenarioStep.forms + Fault.forms, "step", line,
            others: "settings: seed, seeds, length, \(settings.joined(separator: ", ")); 'at MS FAULT'")
    }

    private static func mistake(
        of text: String, _ forms: [String], _ kind: String, _ line: Int, others: String? = nil
    ) -> ScenarioMistake {
        let verb = text.prefix { $0 != " " }
        if let form = forms.first(where: { $0.prefix { $0 != " " } == verb }) {
            return ScenarioMistake(line: line, message: "'\(text)' is not complete or not right: it must be '\(form)'")
        }
        let known = forms.map { "'\($0)'" }.joined(separator: ", ") + (others.map { "; \($0)" } ?? "")
        return ScenarioMistake(line: line, message: "'\(text)' is not a \(kind); there are \(known)")
    }
}
