/// The state machine of an image stream, without I/O: parsed events in; images, the end and errors out.
///
/// A stream succeeds only when every requested image has been completed; any other end is an error that contains the
/// last partial image.
struct ImageStreamStateMachine {
    enum Step {
        case nothing
        case events([ImageStream.Event])
        /// The stream is complete; what follows is ignored.
        case finished([ImageStream.Event])
        case failed(ImagesAPIError)
    }

    /// Nil when the number is not known, as for a saved stream; it then ends with its bytes.
    private let expectedImages: Int?
    private let head: ResponseHead
    private let eventLimit: Int
    private var seenIndices: Set<Int> = []
    private var highestIndex = -1
    private var partialCount = 0
    private var eventCount = 0
    private var lastPartial: ImagesResponse.GeneratedImage?
    /// Finished images so far.
    private(set) var completed: [ImagesResponse.GeneratedImage] = []
    /// Events that were ignored so far: unknown, without data, or duplicate.
    private(set) var ignored = 0

    init(expectedImages: Int?, head: ResponseHead, eventLimit: Int = 10_000) {
        self.expectedImages = expectedImages.map { max($0, 1) }
        self.head = head
        self.eventLimit = eventLimit
    }

    mutating func take(_ event: EventStreamScanner.Event) -> Step {
        eventCount += 1
        guard eventCount <= eventLimit else {
            return .failed(
                attach(
                    ImagesAPIError(
                        .limitExceeded, "The stream has more than the \(eventLimit) events allowed.",
                        facts: ["allowed": "\(eventLimit)"])))
        }
        switch event.payload {
        case .done: return .failed(early("The server ended the stream with [DONE]"))
        case .none:
            if event.name == "error" { return .failed(attach(Self.error(.null))) }
            ignored += 1
            return .nothing
        case .unreadable(let failure):
            if event.name == "error" { return .failed(attach(Self.error(.null))) }
            guard event.name.isEmpty || event.name == "message" || Self.kind(event.name) != nil else {
                ignored += 1
                return .nothing
            }
            return .failed(attach(ImagesAPIError(failure)))
        case .document(let document): return take(document, name: event.name)
        }
    }

    private mutating func take(_ document: ScannedDocument, name: String) -> Step {
        let value = document.value
        let type = value["type"]?.stringValue ?? (name == "message" ? "" : name)
        if name == "error" || type == "error" {
            return .failed(attach(Self.error(value["error"].flatMap { $0 == .null ? nil : $0 } ?? value)))
        }
        if let error = value["error"], Self.isTruthy(error) { return .failed(attach(Self.error(error))) }
        switch Self.kind(type) {
        case .partial: return takePartial(document)
        case .completed: return takeCompleted(document)
        case nil:
            // Some gateways send the response of a plain request as a single event.
            if type.isEmpty, value["data"]?.arrayValue != nil { return takeWhole(document) }
            ignored += 1
            return .nothing
        }
    }

    private mutating func takePartial(_ document: ScannedDocument) -> Step {
        guard let scanned = document.image else {
            ignored += 1
            return .nothing
        }
        let given = document.value["partial_image_index"]?.integerValue.flatMap { (0..<10_000).contains($0) ? $0 : nil }
        let index = given ?? partialCount
        // With several images in one stream no field says which image a partial belongs to, so duplicates cannot be
        // recognized.
        if expectedImages == 1, !seenIndices.insert(index).inserted {
            ignored += 1
            return .nothing
        }
        let image = scanned.image()
        var received = ImageStream.ReceivedImage(
            image, index: index, document.value, requestID: head["x-request-id"])
        if let failure = check(image, received.outputFormat) { return .failed(failure) }
        received.isInOrder = expectedImages != 1 || index > highestIndex
        highestIndex = max(highestIndex, index)
        partialCount += 1
        lastPartial = image
        return .events([.partial(received)])
    }

    private mutating func takeCompleted(_ document: ScannedDocument) -> Step {
        let value = document.value
        let scanned = document.image
        let url = value["url"]?.stringValue
        guard scanned != nil || url != nil else {
            return .failed(
                attach(ImagesAPIError(.emptyResponse, "The stream's last event contains no image.")))
        }
        let revisedPrompt = value["revised_prompt"]?.stringValue
        let image =
            scanned?.image(url: url, revisedPrompt: revisedPrompt)
            ?? ImagesResponse.GeneratedImage(data: nil, url: url, revisedPrompt: revisedPrompt)
        var received = ImageStream.ReceivedImage(
            image, index: completed.count, value, requestID: head["x-request-id"])
        received.usage = Usage(value["usage"])
        if let failure = check(image, received.outputFormat) { return .failed(failure) }
        completed.append(image)
        let event = ImageStream.Event.completed(received)
        return completed.count >= expectedImages ?? .max ? .finished([event]) : .events([event])
    }

    /// Handles a response that is not streamed: all its images are finished.
    mutating func takeWhole(_ document: ScannedDocument) -> Step {
        do throws(ImagesAPIError) {
            let response = try ImagesResponse(document, head: head)
            completed += response.images
            let events = ImageStream.Event.completed(response)
            return completed.count >= expectedImages ?? .max ? .finished(events) : .events(events)
        } catch {
            return .failed(attach(error))
        }
    }

    /// The error for bytes that end before the stream does.
    func end() -> ImagesAPIError { early("The stream ended") }

    /// Adds to an error what the stream has brought so far.
    func attach(_ error: ImagesAPIError) -> ImagesAPIError {
        var error = error
        error.status = error.status ?? head.status
        error.requestID = error.requestID ?? head["x-request-id"]
        error.mayHaveBeenBilled = true
        error.isRetryable = false
        error.partialImages = completed + (lastPartial.map { [$0] } ?? [])
        error.facts["completed"] = "\(completed.count)"
        if let expectedImages { error.facts["expected"] = "\(expectedImages)" }
        return error
    }

    private func early(_ what: String) -> ImagesAPIError {
        attach(
            ImagesAPIError(
                .streamEndedEarly,
                "\(what) with \(completed.count)\(expectedImages.map { " of \($0)" } ?? "") finished images; those that arrived are in partialImages."
            ))
    }

    private func check(_ image: ImagesResponse.GeneratedImage, _ declared: GenerationRequest.OutputFormat?)
        -> ImagesAPIError?
    {
        do throws(ImagesAPIError) {
            try ImagesResponse.check([image], declared: declared, head: head)
            return nil
        } catch {
            return attach(error)
        }
    }
}

extension ImageStreamStateMachine {
    enum Kind {
        case partial, completed
    }

    static func kind(_ type: String) -> Kind? {
        switch type {
        case "image_generation.partial_image", "image_edit.partial_image": .partial
        case "image_generation.completed", "image_edit.completed": .completed
        default: nil
        }
    }

    static func isTruthy(_ value: JSONValue) -> Bool {
        switch value {
        case .null: false
        case .bool(let flag): flag
        case .integer(let number): number != 0
        case .number(let number): number != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    /// The error of an event: an object, or another value that a server puts there.
    static func error(_ payload: JSONValue) -> ImagesAPIError {
        let api: ImagesAPIError.ErrorObject
        switch payload {
        case .object(let members): api = ImagesAPIError.ErrorObject(members: members)
        case .string(let text): api = ImagesAPIError.ErrorObject(message: text)
        case .integer(let number): api = ImagesAPIError.ErrorObject(message: "no explanation", code: String(number))
        default: api = ImagesAPIError.ErrorObject(message: "no explanation")
        }
        let code = HTTPErrors.code(status: 200, api: api)
        return ImagesAPIError(
            code == .httpError ? .serverError : code,
            "The server ended the stream with an error: \(SanitizedText.sanitized(api.message)).", apiError: api)
    }
}
