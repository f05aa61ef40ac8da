internal import HTTPAPI
internal import Programs

/// Looks at what this process has open, and lets the HTTP server have what the store and the peers leave.
struct OpenFileWatch {
    /// So far above what is needed that nobody has to look.
    private static let plenty = 1 << 17

    let budget: OpenFileBudget
    /// What the operator allows.
    let connectionsConfigured: Int
    let http: HTTPServer

    /// The connections that are left with what is open now.
    func look() -> Int? {
        guard let open = OpenFiles.count() else { return nil }
        return budget.room(besides: open - http.connectionCount)
    }

    /// Refuses a limit under which there is no room for clients.
    func checkAtStart() throws(StartFailure) {
        guard let room = look() else { return }
        guard room >= OpenFileBudget.connectionsMin else {
            throw StartFailure(
                "this process may have \(budget.limit) files open, and this node with its store and its peers needs "
                    + "\(budget.limit - room + OpenFileBudget.connectionsMin) at least: \(OpenFileBudget.advice)")
        }
        adjust()
    }

    /// The connections that may be open.
    @discardableResult
    func adjust() -> Int {
        // Without an answer of the system everything stays as it is.
        guard let open = OpenFiles.count() else { return connectionsConfigured }
        let connectionsMax = budget.connectionsMax(
            besides: open - http.connectionCount, configured: connectionsConfigured)
        http.setConnectionsMax(connectionsMax)
        return connectionsMax
    }

    /// The connections that may be open, if those are fewer than the operator allows.
    func shortage() -> Int? {
        let connectionsMax = adjust()
        return connectionsMax < connectionsConfigured ? connectionsMax : nil
    }

    /// Adjusts every second until the task is cancelled. The store opens files as it grows.
    func run() async {
        guard budget.limit < connectionsConfigured + Self.plenty else { return }
        do {
            while true {
                try await Task.sleep(for: .seconds(1))
                adjust()
            }
        } catch {
            // Cancelled: the node stops.
        }
    }
}
