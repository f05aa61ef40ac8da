internal import ArgumentParser

/// `skiffd inspect`: what is on the disk of a node.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what is on the disk of a node, and change nothing.",
        discussion: """
            It reads the directory of a node that runs, of one that is stopped, and of one that refuses to start. Of \
            a node that runs it shows the state at the start of the command; if files vanish meanwhile, repeat it. \
            The status is 0 also if the directory has problems, which `meta` lists, and `check` after a look at \
            everything.
            """,
        subcommands: [
            InspectMeta.self, InspectLog.self, InspectKV.self, InspectFiles.self, InspectCheck.self,
        ])
}
