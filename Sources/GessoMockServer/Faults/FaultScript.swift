import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The faults of a behavior, and how often each has been met.
final class FaultScript: Sendable {
    private let faults: [Fault]
    private let met: Mutex<[Int]>

    init(_ faults: [Fault]) {
        self.faults = faults
        met = Mutex([Int](repeating: 0, count: faults.count))
    }

    /// The fault that this request meets.
    func next(for head: RequestHead) -> Fault? {
        guard !faults.isEmpty else { return nil }
        return met.withLock { met in
            for (index, fault) in faults.enumerated() where fault.fits(head) {
                let (skip, times) = (max(0, fault.skip ?? 0), fault.times ?? .max)
                let count = met[index]
                if count >= skip, count - skip >= times { continue }
                met[index] += 1
                return count < skip ? nil : fault
            }
            return nil
        }
    }
}

extension Fault {
    fileprivate func fits(_ head: RequestHead) -> Bool {
        path.map { head.path.hasSuffix($0) } ?? true && method.map { head.method == $0 } ?? true
    }

    /// The answer that stands in for the true one.
    var replacement: HTTPResponse? {
        guard let response else { return nil }
        var headers = (response.headers ?? [:]).sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        let body: Data
        if let text = response.body {
            body = Data(text.utf8)
        } else {
            let error = response.error ?? APIError("This is a fault on purpose.")
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
