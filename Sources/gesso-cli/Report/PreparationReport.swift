import Foundation
import Gesso

/// The prepared uploads.
struct PreparationReport: Report {
    struct Part: Encodable {
        let name: String
        let path: String?
        let mime: String
        let width: Int
        let height: Int
        let bytes: Int
    }

    /// One request of an edit.
    struct Request: Encodable {
        let parts: [Part]
        let placement: Placement
        /// The part of the upright image that is sent; null means all of it.
        let window: Rect?
        /// The rectangle that may differ from the original; null means all of it.
        let touched: Rect?
        let changes: [String]
        let plan: String
    }

    /// The parts of all requests, in order.
    let parts: [Part]
    /// The placement of the first request.
    let placement: Placement
    let changes: [String]
    let warnings: [String]
    /// The estimated cost of the requests, without the prompt.
    let estimate: CostEstimate?
    let requests: [Request]

    init(_ prepared: Editor.PreparedEdit, paths: [URL], estimate: CostEstimate? = nil) {
        var remaining = paths[...]
        requests = zip(prepared.uploads, prepared.plan.requests).map { upload, request in
            let parts = upload.parts.map { part in
                Part(
                    name: part.field, path: remaining.popFirst()?.path, mime: part.mimeType,
                    width: part.image.size.width, height: part.image.size.height, bytes: part.data.count)
            }
            return Request(
                parts: parts, placement: upload.placement, window: request.window, touched: request.touched,
                changes: upload.changes.map(\.description), plan: "\(request.stages)")
        }
        parts = requests.flatMap(\.parts)
        placement = requests[0].placement
        changes = requests.flatMap(\.changes).withoutRepetitions
        let sentences = prepared.plan.requests.flatMap(\.warnings).map(\.description)
        warnings = (sentences + prepared.warnings.map(\.description)).withoutRepetitions
        self.estimate = estimate
    }

    func printSummary() {
        for (index, request) in requests.enumerated() {
            if requests.count > 1 { say("request \(index + 1) of \(requests.count)") }
            for part in request.parts {
                say(
                    "\(part.path ?? part.name)  \(part.width)x\(part.height) \(part.mime), \(Amount.bytes(part.bytes))")
            }
            say(request.plan)
            for change in request.changes { say("- \(change)") }
        }
        for warning in warnings { say("! \(warning)") }
    }
}
