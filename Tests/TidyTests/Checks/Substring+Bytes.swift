import Glibc

/// Lines as bytes. The checks ask these questions of every line of the tree; the same from character to character takes
/// ten times as long.
extension Substring {
    /// Whether it contains the word.
    func holds(_ word: String) -> Bool {
        var line = self
        var word = word
        return line.withUTF8 { line in
            word.withUTF8 { word in Self.find(word, in: UnsafeRawBufferPointer(line)) }
        }
    }

    private static func find(_ word: UnsafeBufferPointer<UInt8>, in line: UnsafeRawBufferPointer) -> Bool {
        guard let start = line.baseAddress, let wordStart = word.baseAddress else { return false }
        var offset = 0
        while line.count - offset >= word.count {
            let length = line.count - offset - word.count + 1
            guard let found = memchr(start + offset, CInt(word[0]), length) else { return false }
            if memcmp(found, wordStart, word.count) == 0 { return true }
            offset = UnsafeRawPointer(found) - start + 1
        }
        return false
    }

    /// The number of spaces at its start.
    var indentation: Int { utf8.prefix { $0 == UInt8(ascii: " ") }.count }

    /// The first one that is no space; nil if there is none.
    var firstByte: UInt8? { utf8.first { $0 != UInt8(ascii: " ") } }
}
