public import ImagesAPI

/// Images that were made and paid for, in an edit that could not be finished: the answers are in here, so never ask
/// for them again.
///
/// Mend the cause (a full disk, a cancelled task, too small a budget, a network that is down) and go on with
/// ``Editor/resume(_:photo:prompt:renditions:)``: it sends only what was not answered.
public struct UnfinishedEdit: Error, Sendable {
    /// What the server returned to each request, whole; nil for a request that failed.
    public let responses: [ImagesResponse?]
    /// What was sent, in the same order.
    public let preparations: [Preparation]
    /// What went wrong.
    public let cause: any Error

    public init(responses: [ImagesResponse?], preparations: [Preparation], cause: any Error) {
        self.responses = responses
        self.preparations = preparations
        self.cause = cause
    }

    /// The answers that arrived.
    public var answers: [ImagesResponse] { responses.compactMap { $0 } }

    /// The tokens that are paid for, as far as the answers tell.
    public var usage: Usage? { Usage(sumOf: answers.compactMap(\.usage)) }
}

extension UnfinishedEdit: CustomStringConvertible {
    public var description: String {
        let names = answers.map { $0.requestID ?? "without an id" }.joined(separator: ", ")
        guard answers.count < responses.count else {
            return "The image was made (request \(names)) and not finished: \(cause) "
                + "Keep the answer and finish it again; do not repeat the request."
        }
        return "\(answers.count) of \(responses.count) requests were answered (\(names)), the others failed: \(cause) "
            + "Keep the answers and resume; only what was not answered is sent again."
    }
}
