/// Text inside HTML and SVG.
enum HTML {
    /// Text that is safe between tags and inside double quotes. Control characters, which HTML forbids, become question
    /// marks.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped += " "
            case _ where scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value: escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A table whose first column is text and whose others are figures.
    static func table(_ header: [String], _ rows: [[String]]) -> String {
        let head = header.map { "<th>\(escaped($0))</th>" }.joined()
        let body = rows.map { row in
            "<tr>" + row.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>\n"
        }
        let table = "<table><thead><tr>\(head)</tr></thead><tbody>\n\(body.joined())</tbody></table>"
        return "<div class=\"scroll\">\(table)</div>\n"
    }

    static let styleSheet = """
        :root{color-scheme:light dark;--page:#fafafa;--card:#fff;--ink:#1d2433;--soft:#667085;--line:#e4e7ec;\
        --s1:#1f6feb;--s2:#d97706;--s3:#9333ea;--bad:#d1242f;--good:#1a7f37}
        @media(prefers-color-scheme:dark){:root{--page:#0f1319;--card:#171c24;--ink:#e6e9ef;--soft:#98a2b3;\
        --line:#2b323d;--s1:#58a6ff;--s2:#f0a742;--s3:#c084fc;--bad:#ff7b72;--good:#56d364}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:28px 20px 40px;max-width:1000px;background:var(--page);color:var(--ink);\
        font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        h1{font-size:20px;margin:0 0 2px}h2{font-size:15px;margin:26px 0 8px}p{margin:4px 0;color:var(--soft)}
        .verdict{padding:10px 14px;border-radius:8px;border:1px solid;margin:12px 0 0;font-weight:600}
        .verdict.bad{color:var(--bad)}.verdict.good{color:var(--good)}.verdict.warning{color:var(--s2)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(108px,1fr));gap:8px;margin:16px 0}
        .tile,figure,.scroll,dl{background:var(--card);border:1px solid var(--line);border-radius:8px}
        .tile{padding:9px 12px}.tile b{display:block;font-size:19px;font-variant-numeric:tabular-nums}
        .tile span{color:var(--soft);font-size:12px}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(420px,100%),1fr));gap:12px}
        figure{margin:0;padding:10px 12px 4px}figcaption{font-size:13px}figcaption span{color:var(--soft)}
        figcaption em{float:right;font-style:normal;color:var(--soft);font-size:12px}
        figcaption i{display:inline-block;width:10px;height:3px;margin:0 4px 3px 8px;background:currentColor}
        i.s1{color:var(--s1)}i.s2{color:var(--s2)}i.s3{color:var(--s3)}i.bad{color:var(--bad)}
        svg{display:block;width:100%;height:auto}
        .grid{stroke:var(--line);stroke-width:1}.tick{fill:var(--soft);font-size:12px}
        polyline{fill:none;stroke-width:2;stroke-linejoin:round}
        polyline.s1{stroke:var(--s1)}polyline.s2{stroke:var(--s2)}polyline.s3{stroke:var(--s3)}\
        polyline.bad{stroke:var(--bad)}
        .area{stroke:none;opacity:.15}.area.s1,.dot.s1{fill:var(--s1)}.dot.s2{fill:var(--s2)}.dot.s3{fill:var(--s3)}\
        .dot.bad{fill:var(--bad)}.bar{fill:var(--s1)}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{padding:6px 12px;text-align:right;white-space:nowrap}th{color:var(--soft);font-weight:500;font-size:12px}
        th:first-child,td:first-child{text-align:left}tbody tr{border-top:1px solid var(--line)}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0;padding:12px 14px}
        dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}

        """
}
