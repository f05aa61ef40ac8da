internal import Glibc
internal import NIOCore

/// TCP between the machines of a simulated cluster, as far as processes can tell.
///
/// Bytes arrive in order, late, and cut into reads anywhere. Where the network is cut they are sent again until it is
/// mended or the kernel gives up. An end learns of the end of a connection when word of that reaches it, if ever: of a
/// machine without power only by what it does not hear, and once that machine is up again by being told that it knows
/// of no connection.
final class StreamNetwork {
    private unowned let world: any StreamWorld
    private var draw: Draw
    var weather = StreamWeather()
    weak var observer: (any StreamObserver)?
    private var listeners: [StreamListener?]
    private var hasPower: [Bool]
    /// Those of which an end is open or has something to send.
    private(set) var connections: [StreamConnection] = []
    private var attempts: [ConnectAttempt] = []
    private var portsGiven = 40_000

    init(machines: Int, world: any StreamWorld, draw: Draw) {
        self.world = world
        self.draw = draw
        listeners = Array(repeating: nil, count: machines)
        hasPower = Array(repeating: true, count: machines)
    }

    func happen(_ event: StreamEvent) {
        switch event {
        case .pass(let loop, let number):
            guard !loop.hasEnded, loop.wakeNumber == number else { return }
            if isPaused(loop.machine, again: event) { return }
            loop.run()
        case .knock(let attempt): knock(attempt)
        case .refusal(let attempt): attempt.fail(IOError(errnoCode: ECONNREFUSED, reason: "connect"))
        case .opening(let attempt, let connection):
            if isPaused(attempt.machine, again: event) { return }
            open(connection, for: attempt)
        case .accept(let listener, let connection):
            if isPaused(listener.machine, again: event) { return }
            accept(connection, by: listener)
        case .arrival(let end): arrive(from: end)
        case .reset(let end):
            if isPaused(end.machine, again: event) { return }
            hearReset(end)
        }
    }

    private func isPaused(_ machine: Int, again event: StreamEvent) -> Bool {
        let end = world.pausedUntil(machine)
        guard end > world.now else { return false }
        world.schedule(event, at: end)
        return true
    }

    private func delay() -> UInt64 {
        var delay = draw.spread(weather.delayMin...max(weather.delayMin, weather.delayMax))
        if draw.chance(perMille: weather.loss) { delay += draw.spread(1_000_000...Self.resendMin) }
        return delay
    }

    /// Whether a packet and its acknowledgement get through.
    private func isReachable(_ target: Int, from machine: Int) -> Bool {
        hasPower[target] && !world.isCut(from: machine, to: target) && !world.isCut(from: target, to: machine)
    }

    // MARK: Opening

    func listen(_ listener: StreamListener) -> SimulatedChannel {
        listeners[listener.machine] = listener
        return SimulatedChannel(
            listener, on: listener.loop,
            localAddress: MachineAddress(listener.machine).socketAddress(port: listener.port), remoteAddress: nil)
    }

    func connect(_ attempt: ConnectAttempt) {
        attempts.removeAll(where: \.isDone)
        attempts.append(attempt)
        world.schedule(.knock(attempt), at: world.now + delay())
    }

    private func knock(_ attempt: ConnectAttempt) {
        guard !attempt.isDone else { return }
        guard let target = attempt.target, listeners.indices.contains(target),
            isReachable(target, from: attempt.machine)
        else {
            // Nothing comes back: once more, until whoever waits has waited long enough.
            world.schedule(.knock(attempt), at: world.now + attempt.pause)
            attempt.pause *= 2
            return
        }
        guard let listener = listeners[target], listener.isOpen, listener.port == attempt.port else {
            return world.schedule(.refusal(attempt), at: world.now + delay())
        }
        let connection = StreamConnection(
            dialler: StreamEnd(machine: attempt.machine, life: attempt.life, network: self),
            acceptor: StreamEnd(machine: target, life: listener.life, network: self))
        connections.append(connection)
        observer?.didConnect(connection)
        world.schedule(.accept(listener, connection), at: world.now + draw.spread(1_000...50_000))
        world.schedule(.opening(attempt, connection), at: world.now + delay())
    }

    private func accept(_ connection: StreamConnection, by listener: StreamListener) {
        let end = connection.acceptor
        guard listener.isOpen, end.state == .open else { return breakOff(end) }
        portsGiven += 1
        let channel = SimulatedChannel(
            end, on: listener.loop, localAddress: MachineAddress(end.machine).socketAddress(port: listener.port),
            remoteAddress: MachineAddress(connection.dialler.machine).socketAddress(port: portsGiven))
        end.channel = channel
        do {
            try channel.pipeline.syncOperations.addHandler(listener.makeHandler())
        } catch {
            preconditionFailure("a new channel takes no handler: \(error)")
        }
    }

    private func open(_ connection: StreamConnection, for attempt: ConnectAttempt) {
        let end = connection.dialler
        guard !attempt.isDone, end.state == .open else {
            breakOff(end)
            return attempt.fail(IOError(errnoCode: ECONNRESET, reason: "connect"))
        }
        let channel = SimulatedChannel(
            end, on: attempt.loop, localAddress: MachineAddress(end.machine).socketAddress(port: portsGiven),
            remoteAddress: MachineAddress(connection.acceptor.machine).socketAddress(port: attempt.port))
        end.channel = channel
        attempt.succeed(channel)
    }

    // MARK: Sending

    func send(_ content: StreamEnd.Content, from end: StreamEnd) {
        let time = max(end.lastArrival + 1, world.now + delay())
        end.lastArrival = time
        end.segments.append(StreamEnd.Segment(time: time, content: content))
        if case .bytes(let bytes) = content {
            if end.flushCount == 0 { end.firstBytes = bytes }
            end.flushCount += 1
            if let connection = end.connection { observer?.didSend(end, on: connection) }
        }
        arm(end)
    }

    /// The last of what an end has sent arrives in two parts, the first of which has `count` bytes.
    func splitLast(_ end: StreamEnd, at count: Int) {
        guard let last = end.segments.last, case .bytes(var bytes) = last.content,
            let front = bytes.readSlice(length: count)
        else { return }
        end.segments.removeLast()
        end.segments.append(StreamEnd.Segment(time: last.time, content: .bytes(front), endsFlush: false))
        end.lastArrival = last.time + 1_000_000
        end.segments.append(StreamEnd.Segment(time: end.lastArrival, content: .bytes(bytes)))
    }

    private func arm(_ end: StreamEnd, notBefore time: UInt64 = 0) {
        guard !end.isArmed, let first = end.segments.first else { return }
        end.isArmed = true
        world.schedule(.arrival(end), at: max(first.time, time))
    }

    private func arrive(from sender: StreamEnd) {
        sender.isArmed = false
        guard let receiver = sender.other, let first = sender.segments.first else { return }
        guard first.time <= world.now else { return arm(sender) }
        guard hasPower[receiver.machine], !world.isCut(from: sender.machine, to: receiver.machine) else {
            return hold(sender)
        }
        sender.heldSince = nil
        guard receiver.state == .open else { return refuse(sender) }
        let pause = world.pausedUntil(receiver.machine)
        guard pause <= world.now else { return arm(sender, notBefore: pause) }
        guard let channel = receiver.channel else { return arm(sender, notBefore: world.now + 20_000) }
        let (bytes, isEnd) = takeWhatIsDue(sender)
        arm(sender)
        sender.channel?.drain()
        if let bytes {
            channel.read(bytes)
            if let connection = sender.connection { observer?.didRead(from: sender, on: connection) }
        }
        if isEnd { channel.readEnd() }
        forgetWhatIsOver()
    }

    /// What the other end reads at once.
    private func takeWhatIsDue(_ sender: StreamEnd) -> (bytes: ByteBuffer?, isEnd: Bool) {
        var taken: ByteBuffer?
        while let next = sender.segments.first, next.time <= world.now {
            guard case .bytes(var bytes) = next.content else {
                // After a read that ends in the midst the end comes later.
                sender.segments.removeFirst()
                return (taken, true)
            }
            sender.segments.removeFirst()
            var isWhole = next.endsFlush
            if bytes.readableBytes > 1, draw.chance(perMille: weather.splits),
                let front = bytes.readSlice(length: draw.within(1...(bytes.readableBytes - 1)))
            {
                let time = world.now + draw.spread(1_000...300_000)
                sender.lastArrival = max(sender.lastArrival, time)
                sender.segments.prepend(
                    StreamEnd.Segment(time: time, content: .bytes(bytes), endsFlush: next.endsFlush))
                bytes = front
                isWhole = false
            }
            if isWhole { sender.readCount += 1 }
            if taken == nil { taken = bytes } else { taken?.writeBuffer(&bytes) }
        }
        return (taken, false)
    }

    /// The first pause of a kernel that sends something again; it doubles.
    private static let resendMin: UInt64 = 200_000_000
    /// How long it tries.
    private static let resendTime: UInt64 = 3_000_000_000

    private func hold(_ sender: StreamEnd) {
        guard sender.state != .lost else {
            // Nobody sends it again.
            sender.segments.removeAll()
            return forgetWhatIsOver()
        }
        let since = sender.heldSince ?? world.now
        sender.heldSince = since
        let time = world.now - since
        guard time < Self.resendTime else {
            sender.segments.removeAll()
            let channel = sender.channel
            leave(sender)
            channel?.fail(IOError(errnoCode: ETIMEDOUT, reason: "read"))
            return forgetWhatIsOver()
        }
        arm(sender, notBefore: world.now + max(Self.resendMin, time))
    }

    // MARK: Ending

    /// Nobody has the other end: its machine says so.
    private func refuse(_ sender: StreamEnd) {
        let hadBytes = sender.segments.contains { if case .bytes = $0.content { true } else { false } }
        sender.segments.removeAll()
        if hadBytes, sender.state == .open { world.schedule(.reset(sender), at: world.now + delay()) }
        forgetWhatIsOver()
    }

    private func hearReset(_ end: StreamEnd) {
        guard end.state == .open else { return forgetWhatIsOver() }
        if let other = end.other, world.isCut(from: other.machine, to: end.machine) { return }
        end.segments.removeAll()
        let channel = end.channel
        leave(end)
        channel?.fail(IOError(errnoCode: ECONNRESET, reason: "read"))
        forgetWhatIsOver()
    }

    private func leave(_ end: StreamEnd) {
        if end.state == .open { end.state = .closed }
        end.channel = nil
    }

    /// The process of an end closes it. What it has sent still arrives.
    func close(_ end: StreamEnd) {
        guard end.state == .open else { return }
        leave(end)
        send(.end, from: end)
    }

    /// The process of an end is not there to take it: the other end hears a reset.
    private func breakOff(_ end: StreamEnd) {
        leave(end)
        end.segments.removeAll()
        if let other = end.other, other.state == .open { world.schedule(.reset(other), at: world.now + delay()) }
        forgetWhatIsOver()
    }

    /// Something between two machines ends a connection. Each end learns of it in its own time.
    func reset(_ connection: StreamConnection) {
        for end in [connection.dialler, connection.acceptor] where end.state == .open {
            world.schedule(.reset(end), at: world.now + delay())
        }
    }

    /// The same at once: nothing that is on its way arrives.
    func sever(_ connection: StreamConnection) {
        connection.dialler.segments.removeAll()
        connection.acceptor.segments.removeAll()
        reset(connection)
    }

    private func forgetWhatIsOver() { connections.removeAll(where: \.isOver) }

    // MARK: Processes and machines

    /// A process has ended without a word of its own; its machine closes what it had open.
    func endProcess(on machine: Int, life: UInt32) {
        detachProcess(on: machine, life: life) { end in
            if draw.chance(perMille: 200) { breakOff(end) } else { close(end) }
        }
    }

    /// A machine loses its power: nobody is told. Some of what it has sent is on its way.
    func cutPower(of machine: Int, life: UInt32) {
        hasPower[machine] = false
        detachProcess(on: machine, life: life) { end in
            end.channel = nil
            let sent = draw.below(end.segments.count + 1)
            end.segments.removeLast(end.segments.count - sent)
        }
        for connection in connections {
            for end in [connection.dialler, connection.acceptor] where end.machine == machine { end.state = .lost }
        }
        forgetWhatIsOver()
    }

    func restorePower(of machine: Int) { hasPower[machine] = true }

    private func detachProcess(on machine: Int, life: UInt32, _ body: (StreamEnd) -> Void) {
        if let listener = listeners[machine], listener.life == life {
            listener.close()
            listeners[machine] = nil
        }
        for connection in connections {
            for end in [connection.dialler, connection.acceptor]
            where end.machine == machine && end.life == life && end.state == .open {
                end.channel?.detach()
                body(end)
            }
        }
        for attempt in attempts where attempt.machine == machine && attempt.life == life {
            attempt.fail(ChannelError.alreadyClosed)
        }
        attempts.removeAll(where: \.isDone)
    }
}
