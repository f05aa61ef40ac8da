internal import NIOCore

/// Searches for the leader among the endpoints while a run follows it: regularly, and sooner after failures. Confined
/// to the event loop of loop 0.
final class LeaderWatch {
    private let setup: RunSetup
    private let eventLoop: any EventLoop
    private var isLooking = false
    private var lastLook: UInt64 = 0

    init(setup: RunSetup, eventLoop: any EventLoop) {
        self.setup = setup
        self.eventLoop = eventLoop
    }

    /// Called with every sweep; searches when it is time.
    func look(_ now: UInt64) {
        guard !isLooking, now - min(lastLook, now) >= EngineLimits.leaderPollIntervalMin else { return }
        let isWanted = setup.control.takeLeaderWanted()
        guard isWanted || now - min(lastLook, now) >= EngineLimits.leaderPollInterval else { return }
        isLooking = true
        lastLook = now
        let findings = setup.plan.endpoints.map {
            EndpointProbe.ask($0, target: setup.plan.target, on: eventLoop, timeout: setup.timeout)
        }
        EventLoopFuture.whenAllSucceed(findings, on: eventLoop).assumeIsolated().whenSuccess { [self] findings in
            isLooking = false
            // During an election there is no leader; until there is one, the old one is as good as any other endpoint.
            if let leader = EndpointProbe.leader(among: findings) { setup.control.leader = leader }
        }
    }
}
