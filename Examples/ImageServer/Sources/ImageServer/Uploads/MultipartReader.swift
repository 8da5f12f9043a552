import Foundation
import Hummingbird

/// Reads `multipart/form-data` (RFC 7578) while it arrives; holds a piece of the network at a time, never a part.
struct MultipartReader {
    /// What a part says about itself.
    struct Part: Equatable {
        let name: String
        let filename: String?
    }

    /// Why a body is no form.
    struct Malformed: Error { let message: String }

    /// The most bytes of a part's header.
    private static let headerLimit = 8_192
    private static let lineEnd = Array("\r\n".utf8)

    private var body: RequestBody.AsyncIterator
    private let delimiter: [UInt8]
    /// Begins with the line end that belongs to the first delimiter.
    private var buffer = ByteBuffer(string: "\r\n")
    private var isInPart = false

    /// Throws ``Malformed`` if the content type is not that of a form.
    init(_ request: Request) throws(Malformed) {
        guard let type = request.headers[.contentType],
            let boundary = Self.parameters(of: type, "multipart/form-data")?["boundary"],
            (1...70).contains(boundary.utf8.count)
        else { throw Malformed(message: "Send a form (multipart/form-data).") }
        delimiter = Self.lineEnd + Array("--\(boundary)".utf8)
        body = request.body.makeAsyncIterator()
    }

    /// The next part, whatever is left of this one skipped; nil after the last.
    mutating func next() async throws -> Part? {
        if !isInPart {
            guard try await fill(delimiter.count) else { throw Malformed(message: "The form is empty.") }
            guard try await nextPiece(atStart: true) == nil else {
                throw Malformed(message: "The form has no boundary.")
            }
        }
        while try await nextPiece() != nil {}
        // After a delimiter: two hyphens end the form, a line end begins a part.
        buffer.moveReaderIndex(forwardBy: delimiter.count)
        guard try await fill(2) else { throw Self.truncated }
        if buffer.readableBytesView.starts(with: "--".utf8) { return nil }
        isInPart = true
        return try await header()
    }

    /// The next bytes of the part; nil at its end.
    mutating func nextPiece(atStart: Bool = false) async throws -> ByteBuffer? {
        var searched = 0
        while true {
            let view = buffer.readableBytesView
            let start = view.startIndex
            while let end = view[(start + searched)...].firstIndex(of: 13) {
                let found = end - start
                let rest = view[end...]
                if rest.count < delimiter.count, delimiter.starts(with: rest) {
                    if found > 0 { return buffer.readSlice(length: found) }
                    break
                }
                if rest.starts(with: delimiter) { return found == 0 ? nil : buffer.readSlice(length: found) }
                searched = found + 1
            }
            if atStart, searched > 0 { return ByteBuffer() }
            let isUndecided = view.first == 13 && view.count < delimiter.count && delimiter.starts(with: view)
            if !isUndecided, buffer.readableBytes > 0 { return buffer.readSlice(length: buffer.readableBytes) }
            searched = 0
            guard try await fill(buffer.readableBytes + 1) else { throw Self.truncated }
        }
    }

    private mutating func header() async throws -> Part {
        let end = Array("\r\n\r\n".utf8)
        var lines: [Substring] = []
        while true {
            let text = buffer.readableBytesView
            if let found = text.prefix(Self.headerLimit).firstRange(of: end) {
                let header = String(decoding: text[..<found.lowerBound], as: UTF8.self)
                buffer.moveReaderIndex(to: found.upperBound)
                lines = header.split(separator: "\r\n")
                break
            }
            guard text.count < Self.headerLimit else { throw Malformed(message: "A part's header is too long.") }
            guard try await fill(text.count + 1) else { throw Self.truncated }
        }
        for line in lines {
            let field = line.split(separator: ":", maxSplits: 1)
            guard field.count == 2, field[0].lowercased() == "content-disposition" else { continue }
            if let parameters = Self.parameters(of: String(field[1]), "form-data"), let name = parameters["name"] {
                return Part(name: name, filename: parameters["filename"])
            }
        }
        throw Malformed(message: "A part of the form has no name.")
    }

    /// Waits until that many bytes are there; false if the body ends before.
    private mutating func fill(_ count: Int) async throws -> Bool {
        while buffer.readableBytes < count {
            guard var piece = try await body.next() else { return false }
            buffer.discardReadBytes()
            buffer.writeBuffer(&piece)
        }
        return true
    }

    private static let truncated = Malformed(message: "The form ends early; send it again.")

    /// The parameters of a header value of that type: `type; name="value"; name=value`.
    static func parameters(of text: String, _ type: String) -> [String: String]? {
        var fields: [String] = [""]
        var (isQuoted, isEscaped) = (false, false)
        for character in text {
            if character == ";", !isQuoted {
                fields.append("")
            } else if character == "\"", !isEscaped {
                isQuoted.toggle()
            } else if character == "\\", isQuoted, !isEscaped {
                isEscaped = true
                continue
            } else {
                fields[fields.count - 1].append(character)
            }
            isEscaped = false
        }
        let trimmed = fields.map { $0.trimmingCharacters(in: .whitespaces) }
        guard trimmed[0].lowercased() == type else { return nil }
        var parameters: [String: String] = [:]
        for field in trimmed.dropFirst() {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { parameters[pair[0].lowercased()] = String(pair[1]) }
        }
        return parameters
    }
}
