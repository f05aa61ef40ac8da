import HotPath
import KeyValue
import RaftCore
import Testing

/// Users of a simulated cluster: they write unique values to any node, read linearizably, and remember the answers.
struct SimulatedUsers {
    /// Acknowledged writes: key, value and revision.
    private(set) var acknowledged: [(key: [UInt8], value: [UInt8], revision: UInt64)] = []
    private(set) var unknownOutcomes = 0
    private(set) var readsServed = 0
    private var openWrites: [UInt64: (key: [UInt8], value: [UInt8])] = [:]
    /// Groups of two operations on one key, of which the second one counts.
    private(set) var groupsAcknowledged = 0
    private var openGroups: Set<UInt64> = []
    /// Reads, with the highest revision acknowledged before each began.
    private var openReads: [UInt64: UInt64] = [:]
    private var nextRequest: UInt64 = 1
    private var highestRevision: UInt64 = 0

    mutating func submitBurst(to node: SimulatedNode, cluster: SimulatedCluster) {
        guard let running = node.running else { return }
        for _ in 0..<Int.random(in: 1...20, using: &cluster.generator) {
            let tag = RequestTag(sink: 0, connection: 0, request: nextRequest)
            nextRequest += 1
            if cluster.generator.chance(10) {
                guard running.gateway.submitRead(tag: tag) else { continue }
                openReads[tag.request] = highestRevision
                continue
            }
            let key = Array("key-\(Int.random(in: 0..<50, using: &cluster.generator))".utf8)
            let value = Array("value-\(tag.request)".utf8)
            if cluster.generator.chance(20) {
                if submitGroup(tag, key, value, to: running) {
                    openWrites[tag.request] = (key, value)
                    openGroups.insert(tag.request)
                }
                continue
            }
            let header = CommandHeader(kind: .put, keyBytes: key.count, valueBytes: value.count)
            let isTaken = key.withUnsafeBytes { keyBytes in
                value.withUnsafeBytes { valueBytes in
                    running.gateway.submitWrite(
                        tag: tag, header: header, contentType: UnsafeRawBufferPointer(start: nil, count: 0),
                        key: keyBytes, value: valueBytes)
                }
            }
            if isTaken { openWrites[tag.request] = (key, value) }
        }
        running.gateway.postBurst()
    }

    mutating func submitReads(to node: SimulatedNode) {
        guard let running = node.running else { return }
        let tag = RequestTag(sink: 0, connection: 0, request: nextRequest)
        nextRequest += 1
        if running.gateway.submitRead(tag: tag) { openReads[tag.request] = highestRevision }
        running.gateway.postBurst()
    }

    private func submitGroup(
        _ tag: RequestTag, _ key: [UInt8], _ value: [UInt8], to running: SimulatedNode.Running
    ) -> Bool {
        var operations: [UInt8] = []
        for value in [Array("first".utf8), value] {
            var header = [UInt8](repeating: 0, count: OperationView.headerBytes)
            header.withUnsafeMutableBytes {
                OperationView.encodeHeader(.put, .bytes, keyBytes: key.count, valueBytes: value.count, into: $0)
            }
            operations += header + key + value
        }
        let header = GroupHeader(
            hasOneRevision: tag.request % 2 == 0, operationCount: 2, operationsBytes: operations.count)
        return operations.withUnsafeBytes {
            running.gateway.submitGroup(tag: tag, header: header, operations: $0)
        }
    }

    /// Checks and remembers the answers that a node's users got.
    mutating func collect(from node: SimulatedNode) {
        for completion in node.sink.completions {
            let request = completion.tag.request
            switch completion.outcome {
            case .written(let result):
                guard let write = openWrites.removeValue(forKey: request) else {
                    Issue.record("request \(request) was answered twice")
                    continue
                }
                acknowledged.append((write.key, write.value, result.revision))
                if openGroups.remove(request) != nil { groupsAcknowledged += 1 }
                highestRevision = max(highestRevision, result.revision)
            case .readable:
                guard let floor = openReads.removeValue(forKey: request) else {
                    Issue.record("read \(request) was answered twice")
                    continue
                }
                readsServed += 1
                #expect(node.stateMachine.revision >= floor, "a linearizable read missed an acknowledged write")
            case .failed(let failure):
                if failure == .unknownOutcome { unknownOutcomes += 1 }
                openWrites[request] = nil
                openGroups.remove(request)
                openReads[request] = nil
            }
        }
        node.sink.completions.removeAll()
    }
}
