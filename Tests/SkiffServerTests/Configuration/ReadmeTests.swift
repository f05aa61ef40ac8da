import Foundation
import Testing

@testable import SkiffServer

@Suite("Settings in the README")
struct ReadmeTests {
    @Test("The table has one line per setting, with the spellings and the default that the program has")
    func table() throws {
        let thisFile = URL(filePath: #filePath).resolvingSymlinksInPath()
        let root = (0..<4).reduce(thisFile) { url, _ in url.deletingLastPathComponent() }
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let lines = readme.split(separator: "\n")
        let rows = lines.drop { !$0.hasPrefix("| Key in the file") }.dropFirst(2).prefix { $0.hasPrefix("|") }

        let expected = Setting.allCases.map { setting in
            let variable = setting.environmentNames.last ?? ""
            return "| `\(setting.key)` | `--\(setting.flag)` | `\(variable)` | \(setting.defaultText) |"
        }
        #expect(rows.map(String.init) == expected)
    }
}
