/// Collects header lines into the head of the final response, within limits that include interim responses.
struct ResponseHeadParser {
    enum Step {
        case more
        case complete(ResponseHead)
        case tooLarge
        case malformed
    }

    private let limits: ImagesClient.ResponseLimits
    private var bytes = 0
    private var fieldCount = 0
    private var head: ResponseHead?
    private var isFinal = false

    /// Whether no line of the final response has arrived yet.
    var isInterim: Bool { !isFinal && (head?.status ?? 0) < 200 }

    init(limits: ImagesClient.ResponseLimits) { self.limits = limits }

    mutating func take(_ line: UnsafeRawBufferPointer) -> Step {
        bytes += line.count
        guard bytes <= limits.headerBytes else { return .tooLarge }
        var text = line[...]
        while let last = text.last, last == 0x0A || last == 0x0D { text = text.dropLast() }
        // Fields after the body (trailers) count towards the limit but are not used.
        if isFinal {
            fieldCount += 1
            return fieldCount <= limits.headerFields ? .more : .tooLarge
        }
        if text.starts(with: "HTTP/".utf8) {
            guard let status = Self.status(of: text) else { return .malformed }
            head = ResponseHead(status: status, isHTTP1: text.starts(with: "HTTP/1".utf8))
            fieldCount += 1
            return fieldCount <= limits.headerFields ? .more : .tooLarge
        }
        guard !text.isEmpty else {
            guard let head else { return .malformed }
            // 1xx responses are interim: the final one follows.
            guard head.status >= 200 else {
                self.head = nil
                return .more
            }
            isFinal = true
            return .complete(head)
        }
        fieldCount += 1
        guard fieldCount <= limits.headerFields else { return .tooLarge }
        guard head != nil, let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return .more }
        let name = String(decoding: text[..<colon], as: UTF8.self)
        let value = String(decoding: text[text.index(after: colon)...], as: UTF8.self).trimmingBlanks()
        head?.fields.append((name, value))
        return .more
    }

    private static func status(of line: Slice<UnsafeRawBufferPointer>) -> Int? {
        let parts = line.split(separator: 0x20, maxSplits: 2)
        guard parts.count >= 2, parts[1].count == 3 else { return nil }
        return Int(String(decoding: parts[1], as: UTF8.self))
    }
}
