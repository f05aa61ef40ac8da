import HotPath
import KeyValue
import Testing

@testable import HTTPAPI

@Suite("The table of errors, and the limits")
struct TableTests {
    static let rows: [(ErrorCode, Int, Int)] = [
        (.badRequest, 400, 400), (.unsupportedEncoding, 415, 415), (.invalidArgument, 400, 422),
        (.unknownParameter, 400, 422), (.invalidJSON, 400, 422), (.keyNotFound, 404, 422),
        (.routeNotFound, 404, 404), (.methodNotAllowed, 405, 405), (.requestTimeout, 408, 408),
        (.nodeIDConflict, 409, 422),
        (.joinerNotEmpty, 409, 422), (.clusterMismatch, 409, 422), (.membershipChangeInProgress, 409, 422),
        (.wouldLoseQuorum, 409, 422), (.preconditionFailed, 412, 422), (.valueTooLarge, 413, 413),
        (.requestTooLarge, 413, 413), (.batchTooLarge, 413, 413), (.headerTooLarge, 431, 431), (.overloaded, 429, 429),
        (.tooManyConnections, 503, 503), (.internal, 500, 422), (.notSupported, 501, 501), (.noLeader, 503, 422),
        (.shuttingDown, 503, 422), (.unreachable, 503, 422),
        (.timeout, 504, 422),
    ]

    @Test("Every code has its status, on /v1 and on raft-sample's routes", arguments: rows)
    func statuses(_ code: ErrorCode, _ status: Int, _ legacyStatus: Int) {
        #expect(code.status.rawValue == status)
        #expect(code.legacyStatus.rawValue == legacyStatus)
        #expect("\(code.status.line)".hasPrefix("HTTP/1.1 \(status) "))
        #expect("\(code.legacyStatus.line)".hasPrefix("HTTP/1.1 \(legacyStatus) "))
    }

    @Test("An answer invites to try again only where nothing was done")
    func retries() {
        for (code, status, _) in Self.rows {
            // The address in a join is wrong, or its node is down: nothing changes that in a moment.
            #expect(code.invitesRetry == ((status == 429 || status == 503) && code != .unreachable))
        }
        let status = EmbeddedNode.status
        #expect(APIError.timedOut(isWrite: true, status).applied == .unknown)
        #expect(APIError.timedOut(isWrite: false, status).applied == .no)
        #expect(APIError.failed(.unknownOutcome, isWrite: true, status).applied == .unknown)
    }

    @Test("The limits fit each other")
    func limits() {
        // A key of the largest size, percent-encoded, leaves room for some header fields.
        #expect(3 * KeyValueLimits.keyBytesMax + 1_024 < HTTPLimits.headerBytesMax)
        // The largest value, with every byte escaped, fits a body of POST /store.
        #expect(6 * (KeyValueLimits.valueBytesMax + KeyValueLimits.keyBytesMax) < HTTPLimits.requestBytesMax)
        #expect(HTTPLimits.requestBytesMax < HTTPLimits.collectedBytesMax)
        #expect(HTTPLimits.writeBytesTarget < HTTPLimits.queuedResponseBytesMax)
        #expect(HTTPLimits.batchChunkOperations <= KeyValueLimits.groupOperationsMax)
        // The bits of the scanner's container stack.
        #expect(HTTPLimits.jsonDepthMax <= UInt128.bitWidth)
        // The replica takes what all connections of a node may have under way only as long as it can.
        #expect(HTTPLimits.pendingRequestsMax < ReplicaLimits.waitingCommandsMax)
        #expect(HTTPLimits.bodyWindowMilliseconds > HTTPLimits.sweepIntervalMilliseconds)
        // A connection of the reserve is no easier to hold than another, and has time for one request on a slow line.
        #expect(HTTPLimits.reserveMilliseconds < HTTPServerSettings().headerTimeoutMilliseconds)
        #expect(HTTPLimits.reserveMillisecondsUnderLoad < HTTPLimits.reserveMilliseconds)
        #expect(HTTPLimits.reserveMillisecondsUnderLoad > HTTPLimits.sweepIntervalMilliseconds)
        #expect(HTTPServerSettings().headerTimeoutMilliseconds < HTTPServerSettings().idleTimeoutMilliseconds)
    }
}
