import Foundation
import Testing

struct HTTPResponse: Sendable {
    let status: Int
    let reason: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The first header of that name, whatever its case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var endsConnection: Bool { header("Connection")?.lowercased() == "close" }

    /// The body as a JSON object; empty if it is not one.
    var json: [String: Any] {
        do {
            return try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] ?? [:]
        } catch {
            return [:]
        }
    }

    var error: String? { json["error"] as? String }
    var code: String? { json["code"] as? String }
    /// `no`, `yes` or `unknown`.
    var applied: String? { json["applied"] as? String }

    /// The revision in the body of an answer under `/v1`.
    var revision: UInt64? { (json["revision"] as? NSNumber)?.uint64Value }
}

extension HTTPResponse: CustomTestStringConvertible {
    var testDescription: String {
        let fields = headers.map { "\($0.name): \($0.value)" }.joined(separator: " | ")
        return "\(status) \(reason) [\(fields)] \(text.prefix(600))"
    }
}
