/// A table in monospaced text: the first column to the left, figures to the right, as wide as its content.
struct TextTable {
    let header: [String]
    private(set) var rows: [[String]] = []

    init(_ header: [String]) {
        self.header = header
    }

    mutating func append(_ row: [String]) {
        precondition(row.count == header.count, "A row has \(row.count) cells under \(header.count) headings.")
        rows.append(row)
    }

    /// Two spaces between columns, none at the end of a line. Columns that do not fit into the width follow in another
    /// table below, which repeats the first column.
    func lines(_ style: TextStyle, width: Int = .max) -> [String] {
        let widths = header.indices.map { column in
            ([header] + rows).reduce(0) { max($0, $1[column].count) }
        }
        return groups(widths, width).flatMap { group in
            ([header] + rows).enumerated().map { index, row in
                let line = group.map { column in
                    let padding = String(repeating: " ", count: widths[column] - row[column].count)
                    return column == 0 ? row[column] + padding : padding + row[column]
                }.joined(separator: "  ")
                return index == 0 ? style.emphasized(line, .bold) : line
            }
        }
    }

    /// The columns of each table; each begins with the first column and has at least one other, if there is one.
    private func groups(_ widths: [Int], _ width: Int) -> [[Int]] {
        var groups = [[0]]
        var used = widths[0]
        for column in widths.indices.dropFirst() {
            if used + 2 + widths[column] > width, groups[groups.count - 1].count > 1 {
                groups.append([0])
                used = widths[0]
            }
            groups[groups.count - 1].append(column)
            used += 2 + widths[column]
        }
        return groups
    }
}
