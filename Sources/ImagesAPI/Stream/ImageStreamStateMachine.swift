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
    /// Why a document that is not part of an event stream has no image.
    private var deferred: ImagesAPIError?
    /// The response whose images are all finished ones, if one came as a whole.
    private(set) var whole: ImagesResponse?
    /// The usage that came after the images.
    private(set) var lateUsage: Usage?
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
        case .document(let document):
            return event.isPlainDocument ? takePlain(document) : take(document, name: event.name)
        }
    }

    private mutating func take(_ document: ScannedDocument, name: String) -> Step {
        let value = document.value
        let type = value["type"]?.stringValue ?? (name == "message" ? "" : name)
        if name == "error" || type == "error" {
            return .failed(attach(Self.error(value["error"].flatMap { $0 == .null ? nil : $0 } ?? value)))
        }
        if let stated = ResponseProblem(value: value, head: head).statedError { return .failed(attach(stated)) }
        switch Self.kind(type) {
        case .partial: return takePartial(document)
        case .completed: return takeCompleted(document)
        case .item:
            guard !document.images.isEmpty else {
                ignored += 1
                return .nothing
            }
            return takeCompleted(document, details: value["item"])
        case .response: return takeResponse(document)
        case .failure: return .failed(attach(ResponseProblem(value: value, head: head).noImages))
        case nil: return takeOther(document, type: type)
        }
    }

    /// An event of a type that is not known: its images are finished ones, unless its name says otherwise.
    private mutating func takeOther(_ document: ScannedDocument, type: String) -> Step {
        let isPartial = ["partial", "preview", "progress"].contains(where: type.contains)
        if isPartial, !document.images.isEmpty { return takePartial(document) }
        let elements = document.value["data"]?.arrayValue ?? []
        // Some gateways send the response of a plain request as a single event.
        let hasURL = elements.contains { $0["url"]?.stringValue != nil }
        if !document.images.isEmpty || hasURL || (type.isEmpty && document.value["data"]?.arrayValue != nil) {
            return takeWhole(document)
        }
        ignored += 1
        return .nothing
    }

    /// The event that ends a response of the Responses API has its images once more, and the usage.
    private mutating func takeResponse(_ document: ScannedDocument) -> Step {
        guard let response = document.value["response"] else { return takeOther(document, type: "") }
        lateUsage = Usage(ofResponse: response) ?? lateUsage
        guard completed.isEmpty else { return .nothing }
        return takeWhole(ScannedDocument(value: response, images: document.images))
    }

    /// Takes a document that came without the framing of an event stream: a response, or an event of JSON Lines.
    ///
    /// One without images is an error only if no other brings some.
    private mutating func takePlain(_ document: ScannedDocument) -> Step {
        let isEvent = document.value["type"]?.stringValue.map { Self.kind($0) != nil } ?? false
        let step = isEvent ? take(document, name: "") : takeWhole(document)
        // Progress may come before the images; an error is the end.
        guard case .failed(let error) = step, [.accepted, .emptyResponse].contains(error.code) else { return step }
        if deferred == nil || error.code != .emptyResponse { deferred = error }
        return .nothing
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
            image, index: index, document.value, requestID: head.requestID)
        if let failure = check(image, received.outputFormat) { return .failed(failure) }
        received.isPartial = true
        received.isInOrder = expectedImages != 1 || index > highestIndex
        highestIndex = max(highestIndex, index)
        partialCount += 1
        lastPartial = image
        return .events([.partial(received)])
    }

    /// - Parameter described: where the image is described, if it is not in the event itself.
    private mutating func takeCompleted(_ document: ScannedDocument, details described: JSONValue? = nil) -> Step {
        let value = document.value
        let scanned = document.image
        let url = value["url"]?.stringValue.flatMap { $0.isEmpty ? nil : head.absolute($0) }
        guard scanned != nil || url != nil else {
            var error = ResponseProblem(value: value, head: head).noImages
            if error.code == .emptyResponse { error.message = "The stream's last event contains no image." }
            return .failed(attach(error))
        }
        let revisedPrompt = (described ?? value)["revised_prompt"]?.stringValue
        let image =
            scanned?.image(url: url, revisedPrompt: revisedPrompt)
            ?? ImagesResponse.GeneratedImage(data: nil, url: url, revisedPrompt: revisedPrompt)
        var received = ImageStream.ReceivedImage(
            image, index: completed.count, described ?? value, requestID: head.requestID)
        received.usage = Usage(value["usage"])
        received.reportedCost = ReportedCost.dollars(value)
        if let failure = check(image, received.outputFormat) { return .failed(failure) }
        completed.append(image)
        let event = ImageStream.Event.completed(received)
        return completed.count >= expectedImages ?? .max ? .finished([event]) : .events([event])
    }

    /// Handles a response that is not streamed: all its images are finished.
    mutating func takeWhole(_ document: ScannedDocument) -> Step {
        do throws(ImagesAPIError) {
            let response = try ImagesResponse(document, head: head)
            whole = completed.isEmpty ? response : nil
            completed += response.images
            let events = ImageStream.Event.completed(response)
            return completed.count >= expectedImages ?? .max ? .finished(events) : .events(events)
        } catch {
            return .failed(attach(error))
        }
    }

    /// The error for bytes that end before the stream does.
    func end() -> ImagesAPIError { deferred ?? early("The stream ended") }

    /// Adds to an error what the stream has brought so far.
    func attach(_ error: ImagesAPIError) -> ImagesAPIError {
        var error = error
        error.status = error.status ?? head.status
        error.requestID = error.requestID ?? head.requestID
        error.mayHaveBeenBilled = true
        error.isRetryable = false
        let others = error.partialImages.filter { !completed.contains($0) }
        error.partialImages = completed + (lastPartial.map { [$0] } ?? []) + others
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
        /// An item, the response and the failure of a stream of the Responses API.
        case item, response, failure
    }

    static func kind(_ type: String) -> Kind? {
        switch type {
        case "image_generation.partial_image", "image_edit.partial_image",
            "response.image_generation_call.partial_image":
            .partial
        case "image_generation.completed", "image_edit.completed": .completed
        case "response.output_item.done": .item
        case "response.completed": .response
        case "response.failed", "response.incomplete": .failure
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
        case .object(let members): !members.values.allSatisfy { $0 == .null }
        }
    }

    /// The error of an event: an object, or another value that a server puts there.
    static func error(_ payload: JSONValue) -> ImagesAPIError {
        let api =
            ImagesAPIError.ErrorObject(response: payload)
            ?? payload.objectValue.map { ImagesAPIError.ErrorObject(members: $0) }
            ?? ImagesAPIError.ErrorObject(
                message: payload.stringValue ?? "no explanation", code: payload.integerValue.map(String.init))
        return ImagesAPIError(
            HTTPErrors.code(inSuccess: api),
            "The server ended the stream with an error: \(SanitizedText.sanitized(api.message)).", apiError: api)
    }
}
