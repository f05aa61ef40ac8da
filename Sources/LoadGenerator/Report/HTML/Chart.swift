/// One chart as inline SVG. The page's style sheet sets the colours by class, so that the chart follows light and dark
/// mode.
struct Chart {
    struct Series {
        var name: String
        /// Class of the style sheet: `s1`, `s2`, `s3` or `bad`.
        var style: String
        var points: [(x: Double, y: Double)]
        var isFilled = false
    }

    let title: String
    let note: String
    let x: ChartScale
    let y: ChartScale

    private static let width = 640.0
    private static let height = 250.0
    private static let left = 62.0
    private static let right = 26.0
    private static let top = 10.0
    private static let bottom = 30.0

    /// Lines through points that are in the order of x.
    func lines(_ series: [Series]) -> String {
        let drawn = series.filter { !$0.points.isEmpty }
        return figure(drawn.map(path).joined(), legend: drawn.count > 1 ? legend(drawn) : "")
    }

    /// Columns from left to right with a label below each; `x` is not used.
    func columns(_ columns: [(label: String, value: Double, hint: String)]) -> String {
        let slot = (Self.width - Self.left - Self.right) / Double(max(1, columns.count))
        let base = vertical(y.lower)
        let drawn = columns.enumerated().map { index, column in
            let start = Self.left + slot * Double(index)
            let top = vertical(column.value)
            let height = column.value > 0 ? max(1, base - top) : 0
            return """
                <rect class="bar" x="\(digits(start + slot * 0.08))" y="\(digits(base - height))" \
                width="\(digits(slot * 0.84))" height="\(digits(height))">\
                <title>\(HTML.escaped(column.hint))</title></rect>\
                <text class="tick" x="\(digits(start + slot / 2))" y="\(digits(base + 16))" \
                text-anchor="middle">\(HTML.escaped(column.label))</text>
                """
        }
        return figure(drawn.joined(), legend: "", hasHorizontalTicks: false)
    }

    // MARK: Parts

    private func figure(_ content: String, legend: String, hasHorizontalTicks: Bool = true) -> String {
        """
        <figure><figcaption><b>\(HTML.escaped(title))</b> <span>\(HTML.escaped(note))</span>\(legend)</figcaption>
        <svg viewBox="0 0 \(digits(Self.width)) \(digits(Self.height))" role="img" \
        aria-label="\(HTML.escaped(title))">\(grid(hasHorizontalTicks))\(content)</svg></figure>

        """
    }

    private func grid(_ hasHorizontalTicks: Bool) -> String {
        let rows = y.ticks.map { tick in
            let height = digits(vertical(tick.value))
            return """
                <line class="grid" x1="\(digits(Self.left))" x2="\(digits(Self.width - Self.right))" \
                y1="\(height)" y2="\(height)"/><text class="tick" x="\(digits(Self.left - 8))" y="\(height)" \
                text-anchor="end" dominant-baseline="middle">\(HTML.escaped(tick.label))</text>
                """
        }
        guard hasHorizontalTicks else { return rows.joined() }
        let columns = x.ticks.map { tick in
            let place = digits(horizontal(tick.value))
            return """
                <line class="grid" x1="\(place)" x2="\(place)" y1="\(digits(Self.top))" \
                y2="\(digits(Self.height - Self.bottom))"/><text class="tick" x="\(place)" \
                y="\(digits(Self.height - Self.bottom + 16))" text-anchor="middle">\(HTML.escaped(tick.label))</text>
                """
        }
        return rows.joined() + columns.joined()
    }

    private func path(_ series: Series) -> String {
        let points = series.points.map { "\(digits(horizontal($0.x))),\(digits(vertical($0.y)))" }
        let line = points.joined(separator: " ")
        guard let first = series.points.first, let last = series.points.last else { return "" }
        // A line needs two points; a run of one second has one.
        let dot =
            series.points.count > 1
            ? ""
            : """
            <circle class="\(series.style) dot" cx="\(digits(horizontal(first.x)))" \
            cy="\(digits(vertical(first.y)))" r="3"/>
            """
        let base = digits(vertical(y.lower))
        let area =
            series.isFilled
            ? """
            <polygon class="\(series.style) area" points="\(digits(horizontal(first.x))),\(base) \(line) \
            \(digits(horizontal(last.x))),\(base)"/>
            """ : ""
        return area + dot + "<polyline class=\"\(series.style)\" points=\"\(line)\"/>"
    }

    private func legend(_ series: [Series]) -> String {
        let entries = series.map { "<i class=\"\($0.style)\"></i>\(HTML.escaped($0.name))" }
        return "<em>" + entries.joined(separator: " ") + "</em>"
    }

    private func horizontal(_ value: Double) -> Double {
        Self.left + x.position(value) * (Self.width - Self.left - Self.right)
    }

    private func vertical(_ value: Double) -> Double {
        Self.height - Self.bottom - y.position(value) * (Self.height - Self.top - Self.bottom)
    }

    private func digits(_ value: Double) -> String { Decimals.plain(value, fractionDigitsMax: 1) }
}
