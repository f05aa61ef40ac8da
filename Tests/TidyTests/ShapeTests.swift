import Testing

@Suite("Lines, functions, files, folders and types keep their size")
struct ShapeTests {
    private let tree = SourceTree.shared

    @Test("No line is longer than 120 columns")
    func lineLength() {
        let long = tree.all.flatMap { file in
            file.lines.enumerated().filter { _, line in line.utf8.count > 120 && line.count > 120 }
                .map { "\(file.path):\($0.offset + 1)" }
        }

        Offences.forbid(long, "longer than 120 columns")
    }

    @Test("No file is longer than 400 lines")
    func fileLength() {
        let long = tree.all.filter { $0.lineCount > 400 }.map { "\($0.path) has \($0.lineCount)" }

        Offences.forbid(long, "longer than 400 lines; split it along its subjects")
    }

    @Test("No function is longer than 70 lines, and the list of exceptions only gets shorter")
    func functionLength() {
        var exceptions = Exceptions.functionLineCounts
        for function in tree.all.flatMap(FunctionLengths.functions) where function.lineCount > 70 {
            let lineCountMax = exceptions.removeValue(forKey: function.name) ?? 70
            #expect(
                function.lineCount <= lineCountMax,
                "\(function.name), line \(function.line), has \(function.lineCount) lines; allowed: \(lineCountMax)")
        }

        #expect(exceptions.isEmpty, "these functions are short now; remove them from the list")
    }

    @Test("A folder holds at most 15 Swift files")
    func folderSizes() {
        let folders = Dictionary(grouping: tree.all, by: \.folder).filter { $0.value.count > 15 }
        let crowded = folders.map { "\($0.key) holds \($0.value.count)" }

        Offences.forbid(crowded.sorted(), "sort the files into folders by subject")
    }

    @Test("The types where many values meet stay small")
    func typeLimits() {
        let counts = StoredProperties.counts(in: tree.sources)
        let violations = TypeLimit.all.flatMap { $0.violations(in: tree.sources, counts) }

        Offences.forbid(violations, "give the state that belongs together a type of its own (TypeLimit)")
    }

    @Test("A file is named for a type that it declares or extends")
    func mainTypes() {
        let strangers = tree.all.filter { file in
            file.typeName != "Package" && !Declarations.subjects(of: file).contains(String(file.typeName))
        }

        Offences.forbid(
            strangers.map(\.path), "name it for its main type: Type.swift, for extensions Type+Aspect.swift")
    }

    @Test("A file has one main type")
    func oneMainType() {
        let crowded = tree.sources.map { ($0.path, Declarations.mainTypes(of: $0)) }.filter { $0.1.count > 1 }

        Offences.forbid(
            crowded.map { path, types in "\(path): \(types.joined(separator: ", "))" },
            "give each type that other files use its own file")
    }

    @Test("No file is called Utils, Helpers, Manager or Common")
    func fileNames() {
        let words = ["Util", "Helper", "Manager", "Common", "Misc"]
        let vague = tree.all.filter { file in
            words.contains { file.path.split(separator: "/").last?.contains($0) ?? false }
        }

        Offences.forbid(vague.map(\.path), "a name that says nothing about its content")
    }
}
