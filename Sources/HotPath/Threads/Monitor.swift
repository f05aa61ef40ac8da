internal import Glibc

/// A mutex and a condition of the C library, for threads that block in the disk and in the work for it. Both live on
/// the heap, at addresses that do not move.
///
/// `@unchecked Sendable`: the pointers never change, and the objects that they point to are made for several threads.
package final class Monitor: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    package init() {
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

    package func lock() { pthread_mutex_lock(mutex) }

    package func unlock() { pthread_mutex_unlock(mutex) }

    package func withLock<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }

    /// Releases the lock and waits for a signal. May wake spuriously: check the condition again. Call with the lock
    /// held.
    package func wait() { pthread_cond_wait(condition, mutex) }

    /// Wakes all that wait. With the lock held or without it.
    package func signal() { pthread_cond_broadcast(condition) }
}
