import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The faults of a behavior, and the number of requests that each has matched.
final class FaultScript: Sendable {
    private let faults: [Fault]
    private let matchCounts: Mutex<[Int]>

    init(_ faults: [Fault]) {
        self.faults = faults
        matchCounts = Mutex([Int](repeating: 0, count: faults.count))
    }

    /// The fault to apply to this request, if any.
    func next(for head: RequestHead) -> Fault? {
        guard !faults.isEmpty else { return nil }
        return matchCounts.withLock { matchCounts in
            for (index, fault) in faults.enumerated() where fault.matches(head) {
                let (skip, times) = (max(0, fault.skip ?? 0), fault.times ?? .max)
                let count = matchCounts[index]
                if count >= skip, count - skip >= times { continue }
                matchCounts[index] += 1
                return count < skip ? nil : fault
            }
            return nil
        }
    }
}

extension Fault {
    fileprivate func matches(_ head: RequestHead) -> Bool {
        path.map { head.path.hasSuffix($0) } ?? true && method.map { head.method == $0 } ?? true
    }

    /// The response that replaces the real one.
    var replacement: HTTPResponse? {
        guard let response else { return nil }
        var headers = (response.headers ?? [:]).sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        let body: Data
        if let text = response.body {
            body = Data(text.utf8)
        } else {
            let error = response.error ?? APIError("This fault was injected.")
            body = error.errorResponse(status: response.status).json.serialized()
            if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
                headers.append(("content-type", "application/json"))
            }
        }
        return HTTPResponse(status: response.status, headers: headers, body: .data(body))
    }
}

extension Fault.APIError {
    func errorResponse(status: Int) -> APIErrorResponse {
        APIErrorResponse(status, message, type: type ?? "invalid_request_error", param: param, code: code)
    }
}
