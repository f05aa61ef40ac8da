internal import Glibc

/// Hands work to one dedicated thread, by whole batches: the consumer takes everything that has gathered since it last
/// looked. A condition variable of the C library, because the consumer blocks in system calls and must have a thread of
/// its own.
final class BatchQueue<Element: Sendable>: @unchecked Sendable {
    // Checked by hand: all state is touched only with `mutex` held. The mutex and the condition live on the heap, at
    // addresses that do not move.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var gathered: [Element] = []
    private var isConsumerWaiting = false
    private var isClosed = false

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        precondition(pthread_mutex_init(mutex, nil) == 0, "a mutex could not be made")
        precondition(pthread_cond_init(condition, nil) == 0, "a condition variable could not be made")
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func append(_ element: Element) {
        pthread_mutex_lock(mutex)
        gathered.append(element)
        let mustSignal = isConsumerWaiting
        pthread_mutex_unlock(mutex)
        if mustSignal { pthread_cond_signal(condition) }
    }

    /// Lets the consumer finish what is gathered and then end.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    /// Waits for work and moves all of it into `batch`, which must be empty and gives its storage in exchange. False
    /// once the queue is closed and empty. Consumer only.
    func take(into batch: inout [Element]) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while gathered.isEmpty && !isClosed {
            isConsumerWaiting = true
            pthread_cond_wait(condition, mutex)
        }
        isConsumerWaiting = false
        swap(&gathered, &batch)
        return !batch.isEmpty
    }
}
