#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesResponse {
    /// The response in a saved body, as `gesso finish` reads it.
    ///
    /// - Parameters:
    ///   - savedResponse: the body of a response, JSON or an event stream. An event stream gives its finished images
    ///     and the sum of their usage. Of a truncated body the complete images are read, and ``isComplete`` is false.
    ///   - limits: how much of it is accepted.
    /// - Throws: as a live response would, if no image is complete; `streamEndedEarly` for an event stream without a
    ///   finished image.
    public init(savedResponse: Data, limits: ImagesClient.ResponseLimits = ImagesClient.ResponseLimits())
        throws(ImagesAPIError)
    {
        var thrown: ImagesAPIError?
        let response = savedResponse.withUnsafeBytes { bytes -> ImagesResponse? in
            do throws(ImagesAPIError) {
                return try Self.isJSON(bytes) ? Self.json(bytes, limits) : Self.eventStream(bytes, limits)
            } catch {
                thrown = error
                return nil
            }
        }
        guard let response else { throw thrown ?? ResponseRules.empty(ResponseHead(status: 200)) }
        self = response
    }

    private static func isJSON(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let first = bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == nil
    }

    private static func json(
        _ bytes: UnsafeRawBufferPointer, _ limits: ImagesClient.ResponseLimits
    ) throws(ImagesAPIError) -> ImagesResponse {
        var scanner = JSONScanner(limits: ScanLimits(limits))
        let document: ScannedDocument
        do throws(ScanFailure) {
            try scanner.scan(bytes)
            document = try scanner.finish()
        } catch {
            let failure = scanner.isEmpty ? ResponseRules.empty(ResponseHead(status: 200)) : ImagesAPIError(error)
            guard error.isDamage else { throw failure }
            let cut = scanner.finishCut()
            guard !cut.images.isEmpty, var response = try? ImagesResponse(cut, head: ResponseHead(status: 200)) else {
                throw failure
            }
            response.isComplete = false
            return response
        }
        return try ImagesResponse(document, head: ResponseHead(status: 200))
    }

    private static func eventStream(
        _ bytes: UnsafeRawBufferPointer, _ limits: ImagesClient.ResponseLimits
    ) throws(ImagesAPIError) -> ImagesResponse {
        var scanner = EventStreamScanner(limits: ScanLimits(limits))
        // The number of requested images is not known here, so every finished one counts until the bytes end.
        var machine = ImageStreamStateMachine(
            expectedImages: nil, head: ResponseHead(status: 200), eventLimit: limits.eventsPerStream)
        var finished: [ImageStream.ReceivedImage] = []
        var index = 0
        var isComplete = true
        scanning: while index < bytes.count {
            let event: EventStreamScanner.Event?
            do throws(ScanFailure) {
                let (taken, scanned) = try scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                index += taken
                event = scanned
            } catch {
                guard error.isDamage, !finished.isEmpty else { throw machine.attach(ImagesAPIError(error)) }
                isComplete = false
                break scanning
            }
            guard let event else {
                guard !scanner.isBetweenEvents else { break scanning }
                // The bytes end within an event. If its document is complete, only the blank line that ends it is
                // missing.
                isComplete = false
                if let last = scanner.cutEvent(), case .document = last.payload,
                    case .events(let events) = machine.take(last)
                {
                    for case .completed(let completed) in events { finished.append(completed) }
                }
                break scanning
            }
            switch machine.take(event) {
            case .nothing: break
            case .events(let events), .finished(let events):
                for case .completed(let completed) in events { finished.append(completed) }
            case .failed(let error):
                if error.code == .streamEndedEarly { break scanning }
                guard !finished.isEmpty else { throw error }
                isComplete = false
                break scanning
            }
        }
        guard let last = finished.last else { throw machine.end() }
        var response = ImagesResponse(finished, last: last, head: ResponseHead(status: 200))
        response.isComplete = isComplete
        return response
    }

    /// The response that the finished images of a stream amount to.
    init(_ finished: [ImageStream.ReceivedImage], last: ImageStream.ReceivedImage, head: ResponseHead) {
        created = last.created
        images = finished.map(\.image)
        background = last.background
        outputFormat = last.outputFormat
        quality = last.quality
        size = last.size
        safetyIdentifier = last.safetyIdentifier
        usage = Usage(sumOf: finished.compactMap(\.usage))
        svgUsage = nil
        requestID = head["x-request-id"]
        status = head.status
        headers = head.fields
        raw = last.raw
        attempts = 1
    }
}

extension ScanFailure {
    /// Whether the bytes are damaged, and not a limit exceeded: images before the damage are still valid.
    fileprivate var isDamage: Bool {
        switch self {
        case .malformed, .incomplete, .base64: true
        case .tooDeep, .tooManyBytes, .imageTooLarge, .tooManyImages, .lineTooLong, .outOfMemory: false
        }
    }
}
