internal import ArgumentParser
internal import Bytes
internal import Storage

/// `skiffd consent`: the word of whoever can write into a node's directory that the node may lose its data.
struct GiveConsent: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consent",
        abstract: "Let a node give up its data, or its cluster, for a join.",
        discussion: """
            Writes a token into the node's data directory and prints it. The next join that carries it as "consent" \
            may take the node into another cluster although it holds data, which are lost, or has fellow members. It \
            holds for one join. The node may run.
            """)

    @Option(help: ArgumentHelp("The directory of the node that is to give up its data.", valueName: "path"))
    var dataDir: String

    func run() throws {
        let token = UInt64.random(in: .min ... .max).hexadecimal + UInt64.random(in: .min ... .max).hexadecimal
        try Consent.give(token, in: dataDir)
        print(token)
    }
}
