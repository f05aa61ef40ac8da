/// The results of reading back.
package struct VerificationResult: Sendable {
    /// Keys with an acknowledged write.
    package var keysChecked: UInt64
    /// Acknowledged writes of which neither the value nor a later one was found.
    package var lost: UInt64
    /// Values that neither this run nor anything before it wrote.
    package var foreign: UInt64
    /// Keys that could not be read back.
    package var unreadable: UInt64
    /// Keys with so many writes of unknown outcome that the value read cannot be judged.
    package var inconclusive: UInt64
    /// Sentences about the first few keys whose value was wrong.
    package var examples: [String]

    package var passed: Bool { lost == 0 && foreign == 0 && unreadable == 0 && inconclusive == 0 }

    /// The numbers of keys whose value was wrong, by kind.
    var counts: String {
        "\(Decimals.grouped(lost)) LOST, \(Decimals.grouped(foreign)) foreign, "
            + "\(Decimals.grouped(unreadable)) unreadable, \(Decimals.grouped(inconclusive)) inconclusive"
    }
}
