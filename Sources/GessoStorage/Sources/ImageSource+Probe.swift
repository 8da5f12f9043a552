public import Gesso
import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImageSource {
    /// What the first bytes of an image say.
    public struct Probe: Sendable, Hashable {
        /// The header as far as these bytes go: format, size, orientation and the like. Its `byteCount` is that of the bytes;
        /// frames and metadata that come later in the file are not in it.
        public var header: ImageHeader
        /// The bytes of the whole file; nil if the server does not say.
        public var byteCount: Int?
        /// The bytes that were read.
        public var bytesRead: Int
    }

    /// The bytes that the first request asks for; each further one asks for four times as many in total.
    private static let firstBytes = 16_384
    /// Enough to reach any limit; a server that sends less than is requested could be asked for ever.
    private static let mostRequests = 32

    /// The header of the image at a URL, without fetching the file: ranged requests for growing pieces.
    ///
    /// A server that ignores ranges is cut off at `maxBytes`.
    /// - Parameter maxBytes: how far to look. Photos with large color profiles or content credentials have their size late.
    /// - Throws: what ``data(at:)`` does, and the `GessoError` of the header: `limitExceeded` if it is not within `maxBytes`,
    ///   `unsupportedFormat`, `truncated`, `tooManyPixels` and the like.
    public func probe(
        _ url: URL, maxBytes: Int = 262_144, limits: ImageDecoder.Limits = .default
    ) async throws -> Probe {
        let maxBytes = max(maxBytes, 1)
        var found = FoundBytes()
        var wanted = min(Self.firstBytes, maxBytes)
        for _ in 0..<Self.mostRequests {
            let response = try await get(
                url, headers: [("Range", "bytes=\(found.bytes.count)-\(wanted - 1)")], maxBytes: wanted,
                cutsAtLimit: true, accepting: [416])
            try found.take(response, wanted: wanted)
            do {
                let header = try await ImageHeader.read(found.bytes, limits: limits)
                return Probe(header: header, byteCount: found.total, bytesRead: found.bytes.count)
            } catch let error as GessoError {
                let mayFollow = [.truncated, .corrupt, .emptyInput, .invalidProfile].contains(error.code)
                guard mayFollow, !found.isWhole else { throw error }
                guard found.bytes.count < maxBytes else { throw Self.tooLate(maxBytes) }
            }
            // A server without ranges would send the beginning each time.
            wanted = found.ignoresRanges || wanted > maxBytes / 4 ? maxBytes : wanted * 4
        }
        throw ImagesAPIError(
            .malformedResponse,
            "\(StorageErrors.host(of: url.absoluteString)) sends the file in smaller parts than were requested; fetch the image instead."
        )
    }

    private static func tooLate(_ maxBytes: Int) -> GessoError {
        GessoError(
            .limitExceeded, stage: "probe",
            "The header of the image is not within its first \(maxBytes) bytes; raise maxBytes, or fetch the image.",
            facts: ["what": "maxBytes", "allowed": "\(maxBytes)"])
    }

    /// The beginning of a file, from one or more responses.
    private struct FoundBytes {
        var bytes = Data()
        /// Bytes of the whole file, if the server says so.
        var total: Int?
        var ignoresRanges = false
        var isWhole = false

        /// - Parameter wanted: the most bytes to have; a server may send more than was requested.
        mutating func take(_ response: ObjectResponse, wanted: Int) throws(ImagesAPIError) {
            switch response.status {
            case 206:
                guard let range = ContentRange(response["content-range"]), range.start == bytes.count else {
                    throw ImagesAPIError(
                        .malformedResponse,
                        "\(StorageErrors.host(of: response.url)) sent another part of the file than was requested; fetch the image instead.",
                        status: 206)
                }
                if let total, let now = range.total, now != total {
                    throw ImagesAPIError(
                        .malformedResponse, "The file changed while its header was read; probe it again.", status: 206,
                        isRetryable: true)
                }
                total = range.total ?? total
                bytes.append(response.body.prefix(wanted - bytes.count))
                isWhole = response.body.isEmpty || total.map { bytes.count >= $0 } == true
            case 416: isWhole = true
            default:
                // From the beginning, and cut by the transfer.
                ignoresRanges = true
                bytes = response.body
                total = response["content-length"].flatMap { Int($0) }
                isWhole = !response.isCut
            }
        }
    }

    /// The field `Content-Range: bytes 0-99/1234` (RFC 9110, 14.4).
    struct ContentRange {
        var start: Int
        var total: Int?

        init?(_ field: String?) {
            guard let field, field.hasPrefix("bytes ") else { return nil }
            let parts = field.dropFirst(6).split(separator: "/")
            guard parts.count == 2, let start = parts[0].split(separator: "-").first.flatMap({ Int($0) }), start >= 0
            else {
                return nil
            }
            self.start = start
            total = Int(parts[1]).flatMap { $0 >= 0 ? $0 : nil }
        }
    }
}
