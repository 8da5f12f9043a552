#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesResponse {
    /// The answer in a saved response body, as `gesso finish` reads it.
    ///
    /// - Parameters:
    ///   - savedResponse: the body of an answer, JSON or an event stream, whole; an event stream gives its finished
    ///     pictures and the sum of their usage.
    ///   - limits: how much of it is taken in.
    /// - Throws: as a live response would; `streamEndedEarly` for an event stream without a finished picture.
    public init(savedResponse: Data, limits: ResponseLimits = ResponseLimits()) throws(ImagesAPIError) {
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
        _ bytes: UnsafeRawBufferPointer, _ limits: ResponseLimits
    ) throws(ImagesAPIError) -> ImagesResponse {
        var scanner = JSONScanner(limits: ScanLimits(limits))
        let document: ScannedDocument
        do throws(ScanFailure) {
            try scanner.scan(bytes)
            document = try scanner.finish()
        } catch {
            throw scanner.isEmpty ? ResponseRules.empty(ResponseHead(status: 200)) : ImagesAPIError(error)
        }
        return try ImagesResponse(document, head: ResponseHead(status: 200))
    }

    private static func eventStream(
        _ bytes: UnsafeRawBufferPointer, _ limits: ResponseLimits
    ) throws(ImagesAPIError) -> ImagesResponse {
        var scanner = EventStreamScanner(limits: ScanLimits(limits))
        // How many pictures were asked for is not known here, so every finished one counts until the bytes end.
        var machine = StreamMachine(
            expectedImages: nil, head: ResponseHead(status: 200), eventLimit: limits.eventsPerStream)
        var finished: [CompletedImage] = []
        var index = 0
        scanning: while index < bytes.count {
            let event: EventStreamScanner.Event?
            do throws(ScanFailure) {
                let (taken, scanned) = try scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                index += taken
                event = scanned
            } catch {
                throw machine.attach(ImagesAPIError(error))
            }
            guard let event else { break }
            switch machine.take(event) {
            case .nothing: break
            case .events(let events), .finished(let events):
                for case .completed(let completed) in events { finished.append(completed) }
            case .failed(let error):
                if error.code == .streamEndedEarly { break scanning }
                throw error
            }
        }
        guard let last = finished.last else { throw machine.end() }
        return ImagesResponse(finished, last: last, head: ResponseHead(status: 200))
    }

    /// The answer that finished pictures of a stream amount to.
    init(_ finished: [CompletedImage], last: CompletedImage, head: ResponseHead) {
        created = last.details.created
        images = finished.map(\.image)
        background = last.details.background
        outputFormat = last.details.outputFormat
        quality = last.details.quality
        size = last.details.size
        safetyIdentifier = last.details.safetyIdentifier
        usage = Usage(sumOf: finished.compactMap(\.usage))
        svgUsage = nil
        requestID = head["x-request-id"]
        status = head.status
        headers = head.fields
        raw = last.details.raw
        attempts = 1
    }
}
