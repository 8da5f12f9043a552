extension Batch {
    /// The result of one request of a batch.
    public struct Result: Sendable {
        /// The id that you gave the request; nil when the line cannot be read.
        public var customID: String?
        /// The response, or the error in its place.
        public var response: Swift.Result<ImagesResponse, ImagesAPIError>
        /// The line in the file, from 1.
        public var line: Int

        init(_ line: JSONLinesScanner.Line, scrubber: SecretScrubber = SecretScrubber()) {
            self.line = line.number
            switch line.result {
            case .failure(let failure):
                var error = ImagesAPIError(failure)
                error.facts["line"] = "\(line.number)"
                error.mayHaveBeenBilled = true
                response = .failure(error)
            case .success(let document):
                customID = document.value["custom_id"]?.stringValue
                response = Self.response(document).mapError(scrubber.scrub)
            }
        }

        private static func response(_ document: ScannedDocument) -> Swift.Result<ImagesResponse, ImagesAPIError> {
            let value = document.value
            let status = value["response"]?["status_code"]?.integerValue ?? 0
            var head = ResponseHead(status: status)
            if let id = value["response"]?["request_id"]?.stringValue { head.fields.append(("x-request-id", id)) }
            let body = value["response"]?["body"]
            guard (200...299).contains(status), let body else {
                let api = [value["error"], body].compactMap { $0 }.lazy.compactMap { error in
                    error.objectValue.flatMap { members in
                        ImagesAPIError.ErrorObject(response: error)
                            ?? (members.isEmpty ? nil : ImagesAPIError.ErrorObject(members: members))
                    }
                }.first
                var message = api.map { SanitizedText.sanitized($0.message) } ?? "no explanation"
                while message.last == "." { message.removeLast() }
                return .failure(
                    ImagesAPIError(
                        HTTPErrors.code(status: status, api: api), "The request failed in its batch: \(message).",
                        status: status == 0 ? nil : status, requestID: head.requestID, apiError: api))
            }
            do throws(ImagesAPIError) {
                return .success(try ImagesResponse(ScannedDocument(value: body, images: document.images), head: head))
            } catch {
                return .failure(error)
            }
        }
    }
}

/// The results of a batch as they arrive, as one sequence; sent when the first is requested, and once.
package struct BatchResultStream: AsyncSequence, Sendable {
    package typealias Failure = ImagesAPIError

    let session: StreamSession<Batch.Result>

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: session.claim()) }

    package struct AsyncIterator: AsyncIteratorProtocol, CustomReflectable {
        let reader: Result<StreamReader<Batch.Result>, ImagesAPIError>

        package mutating func next() async throws(ImagesAPIError) -> Batch.Result? { try await reader.get().next() }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(ImagesAPIError) -> Batch.Result? {
            try await reader.get().next()
        }

        /// Shows nothing: the request behind it has the key in its header.
        package var customMirror: Mirror { Mirror(self, children: []) }
    }
}
