package import RaftCore

/// Reads older parts of the log off the loop, for followers that the entry ring no longer serves.
package final class LogReadThread: LogReader, Sendable {
    private struct Request: Sendable {
        var range: LogRange
        var bytesMax: Int
        var id: UInt64
    }

    private let queue = BatchQueue<Request>()
    private let thread: DedicatedThread

    /// `onFailure` is called when the log cannot be read or is corrupt, and must end the process: a node whose log is
    /// damaged must not lead.
    package init(store: any LogStore, mailbox: Mailbox, onFailure: @escaping @Sendable (StoreFailure) -> Never) {
        let queue = queue
        thread = DedicatedThread(name: "skiff-log-read") {
            var requests: [Request] = []
            while queue.take(into: &requests) {
                for request in requests {
                    do throws(StoreFailure) {
                        let entries = try store.entries(in: request.range, bytesMax: request.bytesMax)
                        mailbox.post(LogRead(id: request.id, entries: entries))
                    } catch {
                        onFailure(error)
                    }
                }
                requests.removeAll(keepingCapacity: true)
            }
        }
    }

    package func read(_ range: LogRange, bytesMax: Int, id: UInt64) {
        queue.append(Request(range: range, bytesMax: bytesMax, id: id))
    }

    /// Finishes all requested reads and ends the thread.
    package func shutdown() {
        queue.close()
        thread.join()
    }
}
