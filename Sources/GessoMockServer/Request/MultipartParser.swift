#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Parses `multipart/form-data` incrementally and strictly (RFC 2046, 5.1.1 and RFC 7578): no preamble, CRLF line ends,
/// a closing delimiter and nothing after it. Takes linear time, however the bytes are split.
struct MultipartParser {
    struct Limits {
        var partBytes = 64 << 20
        var parts = 128
        var headerBytes = 16 << 10
    }

    private enum State {
        case firstDelimiter
        case headers
        case content
        case afterDelimiter
        case end
    }

    private let delimiter: [UInt8]
    private let limits: Limits
    private var state = State.firstDelimiter
    private var pending: [UInt8] = []
    private var position = 0
    private var consumed = 0
    private var current: FormPart?
    private var parts: [FormPart] = []

    init(boundary: String, limits: Limits = Limits()) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.limits = limits
    }

    /// The boundary parameter of a `multipart/form-data` content type; nil for another type or an invalid boundary.
    static func boundary(of contentType: String) -> String? {
        let fields = contentType.split(separator: ";", omittingEmptySubsequences: false)
        guard let first = fields.first, first.trimmingWhitespace().lowercased() == "multipart/form-data" else {
            return nil
        }
        for field in fields.dropFirst() {
            let pair = field.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingWhitespace().lowercased() == "boundary" else { continue }
            var value = pair[1].trimmingWhitespace()
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            let isValid =
                (1...70).contains(value.utf8.count) && value.utf8.allSatisfy { (33...126).contains($0) || $0 == 32 }
            return isValid ? String(value) : nil
        }
        return nil
    }

    mutating func feed(_ bytes: some Sequence<UInt8>) throws(MultipartError) {
        pending.append(contentsOf: bytes)
        while try advance() {}
        pending.removeFirst(position)
        consumed += position
        position = 0
    }

    /// The parts in order; call it after the last bytes.
    mutating func finish() throws(MultipartError) -> [FormPart] {
        guard state == .end else { throw error("the body ends before its closing delimiter") }
        return parts
    }

    private func error(_ reason: String) -> MultipartError {
        MultipartError(reason: reason, offset: consumed + position)
    }

    private var available: Int { pending.count - position }

    /// Parses one element; false if more bytes are needed.
    private mutating func advance() throws(MultipartError) -> Bool {
        switch state {
        case .firstDelimiter: return try takeFirstDelimiter()
        case .headers: return try takeHeaders()
        case .content: return try takeContent()
        case .afterDelimiter: return try takeDelimiterEnd()
        case .end:
            let rest = pending[position...]
            guard rest.isEmpty || rest.elementsEqual([13]) || rest.elementsEqual([13, 10]) else {
                throw error("bytes follow the closing delimiter")
            }
            return false
        }
    }

    private mutating func takeFirstDelimiter() throws(MultipartError) -> Bool {
        let expected = delimiter.dropFirst(2)
        guard available >= expected.count else { return false }
        guard pending[position...].starts(with: expected) else {
            throw error("the body does not begin with the boundary that Content-Type names")
        }
        position += expected.count
        state = .afterDelimiter
        return true
    }

    private mutating func takeDelimiterEnd() throws(MultipartError) -> Bool {
        guard available >= 2 else { return false }
        switch (pending[position], pending[position + 1]) {
        case (13, 10):
            guard parts.count < limits.parts else { throw error("there are more than \(limits.parts) parts") }
            state = .headers
        case (UInt8(ascii: "-"), UInt8(ascii: "-")):
            state = .end
        default: throw error("a delimiter is followed by neither CRLF nor two hyphens")
        }
        position += 2
        return true
    }

    private mutating func takeHeaders() throws(MultipartError) -> Bool {
        var lines: [String] = []
        var line = position
        while let end = find([13, 10], from: line) {
            if end == line {
                position = end + 2
                do throws(PartHeaderError) { current = try FormPart(headerLines: lines) } catch {
                    throw self.error(error.reason)
                }
                state = .content
                return true
            }
            let text = String(decoding: pending[line..<end], as: UTF8.self)
            guard text.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 || $0 == "\t" }) else {
                throw error("a part's header line contains a control character")
            }
            lines.append(text)
            line = end + 2
            guard line - position <= limits.headerBytes else { break }
        }
        guard available <= limits.headerBytes else { throw error("a part's header is too long") }
        return false
    }

    private mutating func takeContent() throws(MultipartError) -> Bool {
        let found = find(delimiter, from: position)
        // Without a delimiter, everything is content except a possible beginning of one.
        let end = found ?? max(position, pending.count - (delimiter.count - 1))
        if end > position, var part = current.take() {
            guard part.data.count + end - position <= limits.partBytes else {
                throw error("the part '\(part.name)' is longer than \(limits.partBytes) bytes")
            }
            part.data.append(contentsOf: pending[position..<end])
            current = part
            position = end
        }
        guard found != nil, let part = current.take() else { return false }
        parts.append(part)
        position += delimiter.count
        state = .afterDelimiter
        return true
    }

    /// The next position of a pattern that begins with CR.
    private func find(_ pattern: [UInt8], from start: Int) -> Int? {
        pending.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var candidate = start
            while candidate + pattern.count <= bytes.count {
                let span = bytes.count - candidate - (pattern.count - 1)
                guard let found = memchr(base + candidate, 13, span) else { return nil }
                if memcmp(found, pattern, pattern.count) == 0 { return base.distance(to: UnsafeRawPointer(found)) }
                candidate = base.distance(to: UnsafeRawPointer(found)) + 1
            }
            return nil
        }
    }
}
