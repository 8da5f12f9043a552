#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads the body of a successful response while it arrives, or from a file.
protocol ResponseBodyReader {
    associatedtype Success: Sendable

    /// Takes the next bytes. After a failure they are only kept, so that nothing that was paid for is lost.
    mutating func take(_ bytes: UnsafeRawBufferPointer)
    /// Whether the server has ended the response with an error, so that nothing more is expected.
    var isRefused: Bool { get }
    /// Ends the body.
    ///
    /// - Parameter isWhole: whether it is certain to be complete.
    mutating func finish(isWhole: Bool) -> Result<Success, ImagesAPIError>
    /// Keeps bytes without reading them.
    mutating func keep(_ bytes: UnsafeRawBufferPointer)
    /// Complete images of a body that cannot be used.
    func partialImages() -> [ImagesResponse.GeneratedImage]
    /// The body as it came; nil if it is not kept.
    var body: RawBody? { get }
}

/// Reads the images of a response, whatever form it has.
struct ResponseReader: ResponseBodyReader {
    private let head: ResponseHead
    /// How many images were requested; nil if that is not known, and every finished one counts.
    private let expectedImages: Int?
    private var scanner: ResponseBodyScanner
    private var machine: ImageStreamStateMachine
    private var finished: [ImageStream.ReceivedImage] = []
    private var failure: ImagesAPIError?
    private var thrown: ScanFailure?
    var isRefused: Bool { failure != nil && thrown == nil }

    /// - Parameter expectedImages: nil for a saved response.
    init(
        head: ResponseHead, limits: ImagesClient.ResponseLimits, expectedImages: Int?, imageDirectory: String? = nil,
        scrubber: SecretScrubber = SecretScrubber(), keepsRaw: Bool = false
    ) {
        self.head = head
        self.expectedImages = expectedImages
        let count = max(expectedImages ?? 1, 1)
        scanner = ResponseBodyScanner(
            limits: ScanLimits(limits, images: count, imageDirectory: imageDirectory, scrubber: scrubber),
            mediaType: ResponseRules.mediaType(head), keepsRaw: keepsRaw)
        // All finished images count until the bytes end, since a server may send more than were requested.
        machine = ImageStreamStateMachine(expectedImages: nil, head: head, eventLimit: limits.eventsPerStream)
        scanner.expect(images: count, in: head)
    }

    var body: RawBody? { scanner.raw }

    mutating func keep(_ bytes: UnsafeRawBufferPointer) { scanner.keep(bytes) }

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count, failure == nil {
            do throws(ScanFailure) {
                let (taken, event) = try scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                index += taken
                if let event { act(on: event) }
            } catch {
                thrown = error
                failure = machine.attach(ImagesAPIError(error))
            }
        }
        if index < bytes.count { scanner.keep(UnsafeRawBufferPointer(rebasing: bytes[index...])) }
    }

    private mutating func act(on event: EventStreamScanner.Event) {
        switch machine.take(event) {
        case .nothing: break
        case .events(let events), .finished(let events):
            for event in events {
                if case .completed(let completed) = event { finished.append(completed) }
                scanner.noteEvent(isPartial: finished.isEmpty)
            }
        case .failed(let error): failure = error
        }
    }

    mutating func finish(isWhole: Bool) -> Result<ImagesResponse, ImagesAPIError> {
        if failure == nil {
            do throws(ScanFailure) {
                if let event = try scanner.finish(isWhole: isWhole) { act(on: event) }
            } catch {
                thrown = error
                failure = ImagesAPIError(error)
            }
        }
        // A document has all images that there will be; of an event stream those count that were requested.
        let isEnough =
            finished.count >= expectedImages ?? .max
            || (failure == nil && !finished.isEmpty && (expectedImages == nil || machine.whole != nil))
        guard isEnough, let response else { return .failure(problem) }
        return .success(response)
    }

    /// The response that the finished images amount to; nil without any.
    private var response: ImagesResponse? {
        guard var response = machine.whole ?? finished.last.map({ ImagesResponse(finished, last: $0, head: head) })
        else {
            return nil
        }
        response.usage = machine.lateUsage ?? response.usage
        // Whether more images were requested is known of a live response only.
        response.isComplete = expectedImages != nil || !scanner.endsWithinEvent
        return response
    }

    private var problem: ImagesAPIError {
        if scanner.isEmpty { return ResponseRules.empty(head) }
        if let failure { return failure }
        return scanner.form == .unknown ? ResponseRules.unreadable(head) : machine.end()
    }

    /// The complete images of a saved response that is truncated or damaged; nil if there are none.
    mutating func incomplete() -> ImagesResponse? {
        if let thrown, !thrown.isDamage { return nil }
        if thrown != nil, finished.isEmpty, let cut = scanner.finishCut(), !cut.images.isEmpty {
            guard var response = try? ImagesResponse(cut, head: head) else { return nil }
            response.isComplete = false
            return response
        }
        guard !finished.isEmpty else { return nil }
        var response = response
        if failure?.code != .streamEndedEarly { response?.isComplete = false }
        return response
    }

    func partialImages() -> [ImagesResponse.GeneratedImage] {
        let complete = machine.attach(ImagesAPIError(.malformedResponse, "")).partialImages
        return complete + scanner.wholeImages().filter { !complete.contains($0) }
    }
}

/// Reads a small JSON document, such as the description of a file.
struct ObjectReader: ResponseBodyReader {
    private let head: ResponseHead
    private var scanner: ResponseBodyScanner
    private var value: JSONValue?
    private var failure: ScanFailure?

    init(head: ResponseHead, limits: ImagesClient.ResponseLimits, scrubber: SecretScrubber = SecretScrubber()) {
        self.head = head
        scanner = ResponseBodyScanner(
            limits: ScanLimits(limits, scrubber: scrubber), mediaType: ResponseRules.mediaType(head))
    }

    var body: RawBody? { nil }

    var isRefused: Bool { false }

    func keep(_ bytes: UnsafeRawBufferPointer) {}

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count, failure == nil {
            do throws(ScanFailure) {
                let (taken, event) = try scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                index += taken
                if let event { note(event) }
            } catch {
                failure = error
            }
        }
    }

    private mutating func note(_ event: EventStreamScanner.Event) {
        if case .document(let document) = event.payload, event.isPlainDocument, value == nil { value = document.value }
    }

    mutating func finish(isWhole: Bool) -> Result<JSONValue, ImagesAPIError> {
        do throws(ScanFailure) {
            if let failure { throw failure }
            if let event = try scanner.finish(isWhole: isWhole) { note(event) }
        } catch {
            return .failure(scanner.isEmpty ? ResponseRules.empty(head) : ImagesAPIError(error))
        }
        if let value { return .success(value) }
        return .failure(scanner.isEmpty ? ResponseRules.empty(head) : ResponseRules.unreadable(head))
    }

    func partialImages() -> [ImagesResponse.GeneratedImage] { [] }
}

extension ScanFailure {
    /// Whether the bytes are damaged, and not a limit exceeded: images before the damage are still valid.
    var isDamage: Bool {
        switch self {
        case .malformed, .incomplete, .base64: true
        case .tooDeep, .tooManyBytes, .imageTooLarge, .tooManyImages, .lineTooLong, .outOfMemory: false
        }
    }
}
