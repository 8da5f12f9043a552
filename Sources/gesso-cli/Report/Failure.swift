import Foundation
import Gesso
import GessoBatch

/// An error as JSON and as a message, with its exit status.
struct Failure: Encodable {
    struct Body: Encodable {
        let code: String
        let stage: String
        var message: String
        var facts: [String: String] = [:]
        var status: Int?
        var requestID: String?
        var mayHaveBeenBilled = false
    }

    private(set) var error: Body
    private var separateLines: [String]?
    /// The message for a person; its control characters are escaped in each line.
    var lines: [String] { separateLines ?? [error.message] }
    let exitStatus: Int32

    enum CodingKeys: CodingKey { case error, exitStatus }

    init(_ error: any Error) {
        switch error {
        case let error as GessoError:
            self.error = Body(code: error.code.rawValue, stage: error.stage, message: error.message, facts: error.facts)
            exitStatus = Failure.ours.contains(error.code) ? 1 : 2
        case let error as ImagesAPIError:
            self.error = Body(
                code: error.code.rawValue, stage: "request", message: error.description, status: error.status,
                requestID: error.requestID, mayHaveBeenBilled: error.mayHaveBeenBilled)
            exitStatus = Failure.exitStatus(of: error)
            for fact in ["spooledFile", "purchaseKey", "id", "url", "state"] {
                self.error.facts[fact] = error.facts[fact]
            }
            if let api = error.apiError, error.code == .moderationBlocked {
                self.error.facts["moderationStage"] = api.moderationStage
                let categories = api.moderationCategories.joined(separator: ", ")
                if !categories.isEmpty { self.error.facts["moderationCategories"] = categories }
            }
            self.error.facts["reportedCost"] = error.reportedCost.map { "\($0)" }
            if error.mayHaveBeenBilled, let file = error.facts["spooledFile"] {
                self.error.message += " The received part is in \(file); gesso spool finish reads it."
            }
        case let unusable as UnusableResponse:
            var failure = Failure(unusable.cause)
            if let file = unusable.files.first {
                failure.error.facts["responseFile"] = file
                failure.error.message +=
                    " What the server sent is in \(unusable.files.joined(separator: ", ")); gesso finish reads it."
            }
            if unusable.isLost { failure = failure.afterLoss() }
            self = failure
        case let salvage as Salvage:
            var failure = Failure(salvage.cause)
            if let received = salvage.received { failure.error.message += " \(received)" }
            if !salvage.files.isEmpty {
                failure.error.message += " What the server sent was kept: \(salvage.files.joined(separator: ", "))"
                if let advice = salvage.advice { failure.error.message += "; \(advice)." }
            }
            if !salvage.urls.isEmpty {
                failure.error.message += " Images are at \(salvage.urls.joined(separator: ", ")); --fetch fetches them."
                failure = failure.afterPayment()
            }
            if let file = salvage.responseFile {
                failure.error.facts["responseFile"] = file
                failure.error.message += " The response is in \(file); gesso finish --fetch reads it."
            }
            if salvage.isLost { failure = failure.afterLoss() }
            // What was sent was accepted, so that bad content is what was received and paid for.
            if failure.exitStatus == 2 {
                failure.error.mayHaveBeenBilled = true
                failure = Failure(failure.error, exitStatus: 4)
            }
            self = failure
        case let shard as LockedShard:
            self = Failure(Failure(shard.cause).error, exitStatus: 75)
        case let refused as BatchRun.Refused:
            self.error = Body(
                code: "refused", stage: "batch", message: refused.description,
                facts: [
                    "found": "\(refused.count)",
                    "lines": refused.refusals.map { "\($0.line)" }.joined(separator: ","),
                ])
            separateLines = refused.lines
            exitStatus = 2
        default:
            self.error = Body(code: "failed", stage: "command", message: "\(error)")
            exitStatus = 1
        }
    }

    private init(_ body: Body, exitStatus: Int32) { (error, self.exitStatus) = (body, exitStatus) }

    /// The same failure of a request that has been billed.
    private func afterPayment() -> Failure {
        var body = error
        body.mayHaveBeenBilled = true
        return Failure(body, exitStatus: 4)
    }

    /// The same failure, with the note that a received response could not be written to any file.
    private func afterLoss() -> Failure {
        var body = error
        body.mayHaveBeenBilled = true
        body.message += " A response was received and could not be written to any file; it has been billed."
        return Failure(body, exitStatus: 4)
    }

    /// Errors that are not caused by the input.
    private static let ours: Set<GessoError.Code> = [
        .outOfMemory, .overloaded, .timedOut, .nestedReservation, .threadUnavailable, .encodingFailed, .fileExists,
        .fileNotWritable, .cancelled,
    ]

    /// 3 if the API refused; 4 if the outcome is unknown; 2 if refused before sending; 1 if the server was not reached.
    private static func exitStatus(of error: ImagesAPIError) -> Int32 {
        if error.mayHaveBeenBilled { return 4 }
        if error.status != nil { return 3 }
        return refusedBeforeSending.contains(error.code) ? 2 : 1
    }

    private static let refusedBeforeSending: Set<ImagesAPIError.Code> = [
        .missingAPIKey, .invalidAPIKey, .invalidConfiguration, .invalidRequest, .noImages, .tooManyImages, .emptyImage,
        .imageTooLarge, .unsupportedImageType,
    ]
}
