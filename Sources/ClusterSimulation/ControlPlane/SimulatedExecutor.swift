/// Where the tasks of one process run, one job after the other, when the simulation says so.
///
/// `@unchecked Sendable`: the simulation has one thread.
final class SimulatedExecutor: TaskExecutor, @unchecked Sendable {
    private let wake: () -> Void
    private var jobs: [UnownedJob] = []
    private var isAwake = false
    private var tasks: [Task<Void, Never>] = []
    /// Tasks that were started and have not ended.
    private(set) var runningCount = 0
    private var isClosed = false

    /// `wake` is asked to call `drain` soon.
    init(wake: @escaping () -> Void) { self.wake = wake }

    func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(UnownedJob(job))
        guard !isAwake else { return }
        isAwake = true
        wake()
    }

    func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        guard !isClosed else { return Task(executorPreference: self) {} }
        runningCount += 1
        let task = Task(executorPreference: self) {
            await body()
            self.runningCount -= 1
        }
        tasks.append(task)
        return task
    }

    /// Runs what is ready. What that makes ready runs the next time.
    func drain() {
        let ready = jobs
        jobs.removeAll(keepingCapacity: true)
        isAwake = false
        for job in ready { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// From now on no task begins; those that have begun go on.
    func close() { isClosed = true }

    func cancelAll() {
        for task in tasks { task.cancel() }
        tasks.removeAll()
    }
}
