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

    /// Two spaces between columns, none at the end of a line.
    func lines(_ style: TextStyle) -> [String] {
        let widths = header.indices.map { column in
            ([header] + rows).reduce(0) { max($0, $1[column].count) }
        }
        let text = ([header] + rows).map { row in
            zip(row, widths).enumerated().map { column, cell in
                let padding = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + padding : padding + cell.0
            }.joined(separator: "  ")
        }
        return text.enumerated().map { index, line in index == 0 ? style.emphasized(line, .bold) : line }
    }
}
