internal import Storage

/// Merges the rows of a family as of one moment. One thread.
final class ModelIterator: EngineIterator {
    private let sources: [(rows: [ModelRow], ranges: [ModelRange])]
    private let lower: [UInt8]?
    private let upper: [UInt8]?
    private let error: EngineError?
    /// For each source the row after those that the iterator has passed.
    private var places: [Int]
    /// The key and then the value where the iterator stands, at an address of their own.
    private var bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 1)
    private var keyCount = 0
    private var valueCount = 0
    private(set) var isValid = false

    /// `sources`, newest first. With an error, the iterator stands on no key.
    init(
        over sources: [(rows: [ModelRow], ranges: [ModelRange])], from lower: [UInt8]? = nil, upTo upper: [UInt8]?,
        error: EngineError? = nil
    ) {
        self.sources = sources
        self.lower = lower
        self.upper = upper
        self.error = error
        places = sources.map { _ in 0 }
    }

    deinit { bytes.deallocate() }

    var key: UnsafeRawBufferPointer {
        precondition(isValid, "an iterator that stands on no key is asked for it")
        return UnsafeRawBufferPointer(rebasing: bytes[..<keyCount])
    }

    var value: UnsafeRawBufferPointer {
        precondition(isValid, "an iterator that stands on no key is asked for its value")
        return UnsafeRawBufferPointer(rebasing: bytes[keyCount..<keyCount + valueCount])
    }

    func seekToFirst() {
        for index in sources.indices {
            places[index] = lower.map { $0.withUnsafeBytes { sources[index].rows.place(of: $0) } } ?? 0
        }
        settle()
    }

    func seek(to key: UnsafeRawBufferPointer) {
        let isAtLower = lower.map { $0.withUnsafeBytes { key.isBefore($0) } } ?? false
        if isAtLower { return seekToFirst() }
        for index in sources.indices { places[index] = sources[index].rows.place(of: key) }
        settle()
    }

    func seekToLast() {
        isValid = false
        guard error == nil else { return }
        for index in sources.indices {
            let rows = sources[index].rows
            places[index] = upper.map { $0.withUnsafeBytes { rows.place(of: $0) } } ?? rows.count
        }
        while let source = sourceOfLargest() {
            let row = sources[source].rows[places[source] - 1]
            if let lower, row.key.lexicographicallyPrecedes(lower) { return }
            if let value = row.value, !isHidden(row.key, from: source) { return stand(on: row.key, value) }
            for index in sources.indices where places[index] > 0 {
                if sources[index].rows[places[index] - 1].key == row.key { places[index] -= 1 }
            }
        }
    }

    /// The newest source of the largest key before all places.
    private func sourceOfLargest() -> Int? {
        var largest: Int?
        for index in sources.indices where places[index] > 0 {
            guard let other = largest else {
                largest = index
                continue
            }
            let otherKey = sources[other].rows[places[other] - 1].key
            if otherKey.lexicographicallyPrecedes(sources[index].rows[places[index] - 1].key) { largest = index }
        }
        return largest
    }

    func next() {
        precondition(isValid, "an iterator that stands on no key is moved on")
        settle()
    }

    func checkStatus() throws(EngineError) {
        if let error { throw error }
    }

    /// Moves to the first visible row at or after all places, and the places past it.
    private func settle() {
        isValid = false
        guard error == nil else { return }
        while let source = sourceOfSmallest() {
            let row = sources[source].rows[places[source]]
            if let upper, upper.withUnsafeBytes({ upper in row.key.withUnsafeBytes { !$0.isBefore(upper) } }) { return }
            if sources.count == 1 {
                places[0] += 1
            } else {
                for index in sources.indices
                where places[index] < sources[index].rows.count && sources[index].rows[places[index]].key == row.key {
                    places[index] += 1
                }
            }
            if let value = row.value, !isHidden(row.key, from: source) { return stand(on: row.key, value) }
        }
    }

    /// The newest source of the smallest key at or after all places.
    private func sourceOfSmallest() -> Int? {
        var smallest: Int?
        for index in sources.indices where places[index] < sources[index].rows.count {
            guard let other = smallest else {
                smallest = index
                continue
            }
            let isBefore = sources[index].rows[places[index]].key.withUnsafeBytes { key in
                sources[other].rows[places[other]].key.withUnsafeBytes { key.isBefore($0) }
            }
            if isBefore { smallest = index }
        }
        return smallest
    }

    /// Whether a source that is newer than `source` hides the key.
    private func isHidden(_ key: [UInt8], from source: Int) -> Bool {
        key.withUnsafeBytes { key in
            sources[..<source].contains { source in source.ranges.contains { $0.contains(key) } }
        }
    }

    private func stand(on key: [UInt8], _ value: [UInt8]) {
        keyCount = key.count
        valueCount = value.count
        if bytes.count < keyCount + valueCount {
            bytes.deallocate()
            bytes = .allocate(byteCount: (keyCount + valueCount) * 2, alignment: 1)
        }
        bytes.copyBytes(from: key)
        UnsafeMutableRawBufferPointer(rebasing: bytes[keyCount...]).copyBytes(from: value)
        isValid = true
    }
}
