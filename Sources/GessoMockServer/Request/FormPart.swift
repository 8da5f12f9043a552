#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One part of a `multipart/form-data` body.
struct FormPart: Sendable {
    let name: String
    /// Nil for a text field; a part with a file name is a file.
    let filename: String?
    let contentType: String?
    var data: Data

    var isFile: Bool { filename != nil }
}

/// An error in a multipart body.
struct MultipartError: Error {
    let reason: String
    /// The offset in the body.
    let offset: Int
}

extension FormPart {
    /// Parses the header lines of a part (RFC 7578, 4.2 and 4.4), given without their CRLF.
    init(headerLines: [String]) throws(PartHeaderError) {
        var disposition: Substring?
        var contentType: String?
        for line in headerLines {
            guard let colon = line.firstIndex(of: ":"), RequestHead.isToken(line[..<colon]) else {
                throw PartHeaderError(reason: "a part's header line is not NAME: VALUE")
            }
            let value = line[line.index(after: colon)...].trimmingWhitespace()
            switch line[..<colon].lowercased() {
            case "content-disposition":
                guard disposition == nil else {
                    throw PartHeaderError(reason: "a part has two Content-Disposition lines")
                }
                disposition = value
            case "content-type":
                guard contentType == nil else { throw PartHeaderError(reason: "a part has two Content-Type lines") }
                contentType = String(value)
            case "content-transfer-encoding":
                throw PartHeaderError(reason: "Content-Transfer-Encoding is not allowed in a part (RFC 7578, 4.7)")
            default: break
            }
        }
        guard let disposition else { throw PartHeaderError(reason: "a part has no Content-Disposition") }
        let parameters = try FormPart.parameters(of: disposition)
        guard let name = parameters["name"], !name.isEmpty else {
            throw PartHeaderError(reason: "a part's Content-Disposition has no name")
        }
        self.init(name: name, filename: parameters["filename"], contentType: contentType, data: Data())
    }

    private static func parameters(of disposition: Substring) throws(PartHeaderError) -> [String: String] {
        var rest = disposition
        guard rest.lowercased().hasPrefix("form-data") else {
            throw PartHeaderError(reason: "a part's Content-Disposition is not form-data")
        }
        rest = rest.dropFirst("form-data".count)
        var parameters: [String: String] = [:]
        while true {
            rest = rest.trimmingWhitespace()
            if rest.isEmpty { return parameters }
            guard rest.first == ";" else {
                throw PartHeaderError(reason: "a Content-Disposition parameter is malformed")
            }
            rest = rest.dropFirst().trimmingWhitespace()
            guard let equals = rest.firstIndex(of: "="), RequestHead.isToken(rest[..<equals]) else {
                throw PartHeaderError(reason: "a Content-Disposition parameter is not NAME=VALUE")
            }
            let name = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            let value = try takeValue(&rest)
            guard name != "filename*" else {
                throw PartHeaderError(reason: "filename* is not allowed in a part (RFC 7578, 4.2)")
            }
            guard parameters.updateValue(value, forKey: name) == nil else {
                throw PartHeaderError(reason: "a Content-Disposition parameter is repeated")
            }
        }
    }

    private static func takeValue(_ rest: inout Substring) throws(PartHeaderError) -> String {
        guard rest.first == "\"" else {
            let token = rest.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
            guard RequestHead.isToken(token) else {
                throw PartHeaderError(reason: "a parameter's value is not a token")
            }
            rest = rest.dropFirst(token.count)
            return String(token)
        }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.popFirst() {
            if character == "\"" {
                // The escapes that browsers and the official clients write (HTML, 4.10.21.8).
                return value.replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing("%0A", with: "\n")
            }
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                rest = rest.dropFirst()
                value.append(next)
            } else {
                value.append(character)
            }
        }
        throw PartHeaderError(reason: "a quoted parameter has no closing quote")
    }
}

/// An error in the header lines of one part.
struct PartHeaderError: Error {
    let reason: String
}
