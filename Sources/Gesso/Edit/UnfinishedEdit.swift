public import ImagesAPI

/// A picture that was made and paid for, and could not be finished: the answer is in here, so never ask for it again.
///
/// Mend the cause (a full disk, a cancelled task, too small a budget) and go on with
/// ``Editor/finish(_:photo:preparation:renditions:)``.
public struct UnfinishedEdit: Error, Sendable {
    /// What the server returned, whole.
    public let response: ImagesResponse
    public let preparation: Preparation
    /// What went wrong afterwards.
    public let cause: any Error

    public init(response: ImagesResponse, preparation: Preparation, cause: any Error) {
        self.response = response
        self.preparation = preparation
        self.cause = cause
    }
}

extension UnfinishedEdit: CustomStringConvertible {
    public var description: String {
        "The picture was made (request \(response.requestID ?? "without an id")) and not finished: \(cause) "
            + "Keep `response` and finish it again; do not repeat the request."
    }
}
