package import Storage

extension ModelDatabase {
    /// The place of the family of a number; nil if it is gone.
    func place(of number: Int) -> Int? { families.firstIndex { $0.number == number } }

    func require(_ number: Int, _ operation: String) throws(EngineError) -> Int {
        guard let place = place(of: number) else {
            throw EngineError(operation: operation, kind: .other, message: "Column family dropped")
        }
        return place
    }

    /// Call once the families are known.
    func makeReaders() { readers = families.map { ModelFamilyReader($0.number, $0.name, of: self) } }

    package func family(_ name: StoreFamily) -> (any EngineFamily)? { readers.first { $0.name == name } }

    package var dataFamilies: [Int] { families.compactMap(\.name.dataNumber).sorted() }

    package func createDataFamily(_ number: Int) throws(EngineError) -> any EngineFamily {
        let operation = "create a column family"
        try requireWritable(operation)
        let name = StoreFamily.data(number)
        precondition(family(name) == nil, "the column family \(name.name) is created and exists")
        var family = ModelFamily(nextFamily, name)
        nextFamily += 1
        family.logNumber = logFile?.number ?? nextNumber
        try replaceFamilies(with: families + [family], operation)
        let reader = ModelFamilyReader(family.number, name, of: self)
        readers.append(reader)
        return reader
    }

    package func dropDataFamily(_ number: Int) throws(EngineError) {
        let operation = "drop a column family"
        try requireWritable(operation)
        guard let place = families.firstIndex(where: { $0.name == .data(number) }) else {
            preconditionFailure("the column family \(StoreFamily.data(number).name) is dropped and does not exist")
        }
        let dropped = families[place]
        var next = families
        next.remove(at: place)
        try replaceFamilies(with: next, operation)
        readers.removeAll { reader in
            guard reader.number == dropped.number else { return false }
            reader.keep(dropped)
            return true
        }
        // Whoever still reads the family has its rows in memory.
        try changing(operation) { () throws(FileError) in
            for table in dropped.tables { try files.remove(fileName(table.number, "sst")) }
        }
        try removeOldLogFiles(operation)
    }

    /// Whoever still reads a dropped family has it in memory.
    package var hasDroppedFamilies: Bool { false }

    package func freeDroppedFamilies() throws(EngineError) { try requireOpen("free a column family") }

    package func makeSnapshot() throws(EngineError) -> any EngineSnapshot {
        try requireOpen("take a snapshot")
        return ModelSnapshot(families)
    }
}
