/// The start of an error's body: reads up to a limit, keeps less.
struct ErrorBodyReader {
    private let readLimit: Int
    private let keepLimit: Int
    private let scrubber: SecretScrubber
    private var read = 0
    private(set) var kept: [UInt8] = []

    init(limits: ImagesClient.ResponseLimits, scrubber: SecretScrubber) {
        self.scrubber = scrubber
        readLimit = limits.errorBodyBytes
        keepLimit = limits.errorBodyBytesKept
    }

    /// False when no more is wanted.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        read += bytes.count
        kept.append(contentsOf: bytes.prefix(keepLimit - kept.count))
        return read < readLimit
    }

    /// Without secrets: cut short afterwards, what is left of one could no longer be told.
    var text: String { scrubber.scrub(String(decoding: kept, as: UTF8.self)) }

    /// The body as JSON, or nil when it is none.
    var json: JSONValue? {
        var limits = ScanLimits()
        limits.scrubber = scrubber
        var scanner = JSONScanner(limits: limits)
        return kept.withUnsafeBytes { bytes in
            do throws(ScanFailure) {
                try scanner.scan(bytes)
                return try scanner.finish().value
            } catch {
                return nil
            }
        }
    }
}
