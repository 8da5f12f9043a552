public import ImagesAPI

extension Editor {
    /// Images that were made and paid for, in an edit that could not be finished: the responses are in here, so never request
    /// them again.
    ///
    /// Remove the cause (a full disk, a cancelled task, too small a budget, a network that is down) and go on with
    /// ``Editor/resume(_:photo:)``: it sends only the requests without a response.
    public struct UnfinishedEdit: Error, Sendable {
        /// What the server returned to each request, whole; nil for a request that failed.
        public let responses: [ImagesResponse?]
        /// What was sent, one upload for each response.
        public let prepared: PreparedEdit
        /// What went wrong.
        public let cause: any Error

        package init(responses: [ImagesResponse?], prepared: PreparedEdit, cause: any Error) {
            self.responses = responses
            self.prepared = prepared
            self.cause = cause
        }

        /// The responses that arrived.
        public var received: [ImagesResponse] { responses.compactMap { $0 } }

        /// The tokens that are paid for, as far as the responses tell.
        public var usage: Usage? { Usage(sumOf: received.compactMap(\.usage)) }
    }
}

extension Editor.UnfinishedEdit: CustomStringConvertible {
    public var description: String {
        let names = received.map { $0.requestID ?? "without an id" }.joined(separator: ", ")
        guard received.count < responses.count else {
            return "The image was made (request \(names)) and not finished: \(cause) "
                + "Keep the response and finish it again; do not repeat the request."
        }
        return
            "\(received.count) of \(responses.count) requests have a response (\(names)), the others failed: \(cause) "
            + "Keep the responses and resume; only requests without a response are sent."
    }
}
