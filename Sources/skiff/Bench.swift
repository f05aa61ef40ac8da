internal import ArgumentParser
internal import Glibc
internal import LoadGenerator

/// `skiff bench`: flags become a plan, the plan is run, the result becomes reports and an exit status.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Puts load on a cluster and measures what it does.",
        discussion: """
            As fast as 64 connections go; at a fixed rate, which shows what users
            would see; and in a pipeline, with a check that nothing acknowledged is lost:

              skiff bench --endpoints :2221,:2222,:2223 --workload put
              skiff bench --workload b --rate 20k --duration 1m --html report.html
              skiff bench --workload a --verify --fail-on 'p99<20ms,errors<0.1%'

            Durations: 250ms 2s 5m. Sizes: 256 64KiB 1MiB. Counts and rates: 500 20k 1M.
            A flag may be given once; --endpoints and --fail-on add up.

            Exit status: 0 done, 1 failed or invalid, 5 unavailable, 64 wrong arguments,
            98 the rate of --rate was not reached, 99 a condition of --fail-on does not
            hold, 130 ended by a signal.
            """)

    @OptionGroup(title: "Target") var target: TargetOptions
    @OptionGroup(title: "Workload") var workload: WorkloadOptions
    @OptionGroup(title: "Load") var load: LoadOptions
    @OptionGroup(title: "Report") var report: ReportOptions

    func run() throws {
        let plan = try BenchFlags(target, workload, load).plan()
        if let problem = StartConditions.allowConnections(plan.connections) { throw UsageError(problem) }
        let reports = try ReportSet(report, environment: HostEnvironment.current())
        let display = ProgressDisplay(
            isEnabled: try report.showsProgress && Console.isTerminal(STDERR_FILENO),
            style: Console.style(of: STDERR_FILENO, noColor: try report.refusesColor))
        let run = LoadRun(plan: plan) { display.show($0) }
        InterruptWatch.start(run, display)
        let result: LoadResult
        do throws(LoadError) {
            result = try run.run()
        } catch {
            display.close()
            Console.complain(error.message)
            throw ExitCode(BenchExit.status(of: error).rawValue)
        }
        display.close()
        throw ExitCode(reports.write(result).rawValue)
    }
}
