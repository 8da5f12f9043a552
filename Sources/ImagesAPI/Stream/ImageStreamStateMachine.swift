/// The rules of an image stream, without any I/O: events of the wire in, images and the end out.
///
/// A stream has succeeded only when every image asked for has been completed; whatever else ends it is an error that
/// hands over the last partial image.
struct ImageStreamStateMachine {
    enum Step {
        case nothing
        case events([ImageEvent])
        /// Nothing more of the stream matters.
        case finished([ImageEvent])
        case failed(ImagesAPIError)
    }

    /// Nil when nobody knows, as for a saved stream: then only the end of the bytes is the end.
    private let expectedImages: Int?
    private let head: ResponseHead
    private let eventLimit: Int
    private var seenIndices: Set<Int> = []
    private var highestIndex = -1
    private var partialCount = 0
    private var eventCount = 0
    private var lastPartial: GeneratedImage?
    /// Finished images so far.
    private(set) var completed: [GeneratedImage] = []
    /// Events that were passed over so far: unknown, without data, doubled.
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
        case .done: return .failed(early("The stream said it was done"))
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
            // Some gateways send the answer of a plain request as a single event.
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
        // With several images in one stream no field says whose partial this is, so nothing can be called doubled.
        if expectedImages == 1, !seenIndices.insert(index).inserted {
            ignored += 1
            return .nothing
        }
        let image = scanned.image()
        let details = ImageEvent.Details(document.value)
        if let failure = check(image, details.outputFormat) { return .failed(failure) }
        let inOrder = expectedImages != 1 || index > highestIndex
        highestIndex = max(highestIndex, index)
        partialCount += 1
        lastPartial = image
        return .events([.partial(ImageEvent.Partial(index: index, isInOrder: inOrder, image: image, details: details))])
    }

    private mutating func takeCompleted(_ document: ScannedDocument) -> Step {
        let value = document.value
        let scanned = document.image
        let url = value["url"]?.stringValue
        guard scanned != nil || url != nil else {
            return .failed(
                attach(ImagesAPIError(.emptyResponse, "The stream's last event holds no image.")))
        }
        let revisedPrompt = value["revised_prompt"]?.stringValue
        let image =
            scanned?.image(url: url, revisedPrompt: revisedPrompt)
            ?? GeneratedImage(data: nil, url: url, revisedPrompt: revisedPrompt)
        let details = ImageEvent.Details(value)
        if let failure = check(image, details.outputFormat) { return .failed(failure) }
        completed.append(image)
        let event = ImageEvent.completed(
            ImageEvent.Completed(
                image: image, usage: Usage(value["usage"]), details: details, requestID: head["x-request-id"]))
        return completed.count >= expectedImages ?? .max ? .finished([event]) : .events([event])
    }

    /// An answer that is not streamed: all its images are finished, and its usage, which is theirs together, comes with
    /// the last.
    mutating func takeWhole(_ document: ScannedDocument) -> Step {
        do throws(ImagesAPIError) {
            let response = try ImagesResponse(document, head: head)
            completed += response.images
            let events = ImageEvent.completed(response)
            return completed.count >= expectedImages ?? .max ? .finished(events) : .events(events)
        } catch {
            return .failed(attach(error))
        }
    }

    /// The bytes have ended although no event said that the stream would.
    func end() -> ImagesAPIError { early("The stream ended") }

    /// What ended the stream from outside, with what the stream had brought by then.
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
                "\(what) with \(completed.count)\(expectedImages.map { " of \($0)" } ?? "") finished images; what arrived is in partialImages."
            ))
    }

    private func check(_ image: GeneratedImage, _ declared: GenerationRequest.OutputFormat?) -> ImagesAPIError? {
        do throws(ImagesAPIError) {
            try ImagesResponse.check([image], declared: declared, head: head)
            return nil
        } catch {
            return attach(error)
        }
    }
}
