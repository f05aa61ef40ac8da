/// The abilities of a terminal: whether it shows colours, and which characters.
package struct TextStyle: Sendable, Equatable {
    package var usesColor: Bool
    /// Whether blocks, dashes and signs beyond ASCII can be shown.
    package var usesUnicode: Bool

    package init(usesColor: Bool, usesUnicode: Bool) {
        self.usesColor = usesColor
        self.usesUnicode = usesUnicode
    }

    /// Read from the locale: the first variable that is set and not empty decides.
    package static func isUnicode(lcAll: String?, lcCtype: String?, lang: String?) -> Bool {
        let locale = [lcAll, lcCtype, lang].compactMap { $0 }.first { !$0.isEmpty } ?? ""
        let name = locale.lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }

    enum Emphasis: String { case bold = "1", faint = "2", red = "1;31", yellow = "33", green = "32", alarm = "1;97;41" }

    func emphasized(_ text: String, _ emphasis: Emphasis) -> String {
        usesColor ? "\u{1B}[\(emphasis.rawValue)m\(text)\u{1B}[0m" : text
    }

    var times: String { usesUnicode ? "×" : "x" }
    var dash: String { usesUnicode ? "–" : "-" }
    var ellipsis: String { usesUnicode ? "…" : "..." }
    var microsecond: String { usesUnicode ? "µs" : "us" }

    /// A bar of `share` of the width; anything above zero is visible.
    func bar(_ share: Double, width: Int) -> String {
        let clamped = min(1, max(0, share))
        guard usesUnicode else {
            let full = Int((clamped * Double(width)).rounded())
            return String(repeating: "#", count: clamped > 0 ? max(1, full) : 0)
        }
        let eighths = Int((clamped * Double(width) * 8).rounded())
        let visible = clamped > 0 ? max(1, eighths) : 0
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: visible / 8) + parts[visible % 8]
    }

    /// Text from outside, such as a server's error or a key, without control characters.
    func plain(_ text: String) -> String {
        var plain = ""
        for scalar in text.unicodeScalars {
            let controls = scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value
            plain.unicodeScalars.append(controls || (!usesUnicode && !scalar.isASCII) ? "?" : scalar)
        }
        return plain
    }
}
