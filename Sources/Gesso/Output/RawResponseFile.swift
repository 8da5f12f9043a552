package import ImagesAPI

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// The bytes of a paid response in a file of their own, because they cannot be used, or because the images are elsewhere.
///
/// `STEM.response.json`, `.sse` or `.bin`, after what the bytes are, readable by its owner only. No file is replaced: it may
/// hold another response.
package struct RawResponseFile: Sendable {
    package let path: String

    /// The response behind an error; nil if nothing was received, or nothing that was paid for.
    package init?(of error: ImagesAPIError, in directory: URL, stem: String) throws(GessoError) {
        guard error.mayHaveBeenBilled, let body = error.body ?? Self.spooled(error.facts["spooledFile"]) else {
            return nil
        }
        try self.init(body, in: directory, stem: stem)
    }

    /// A response as it came, or what is known of it.
    package init?(of response: ImagesResponse, in directory: URL, stem: String) throws(GessoError) {
        let known = Self.spooled(response.spooledFile) ?? (try? JSONEncoder().encode(response.raw))
        guard let known else { return nil }
        try self.init(known, in: directory, stem: stem)
    }

    private init?(_ body: Data, in directory: URL, stem: String) throws(GessoError) {
        guard !body.isEmpty else { return nil }
        let fileExtension = ImagesResponse.fileExtension(ofBody: body)
        for number in 1...1_000 {
            let name = "\(stem)\(number == 1 ? "" : "-\(number)").response.\(fileExtension)"
            let file = try OutputFile(in: directory, named: name)
            do {
                try file.write(body, isPrivate: true)
            } catch {
                if error.code == .fileExists { continue }
                throw error
            }
            path = file.url.path
            return
        }
        return nil
    }

    private static func spooled(_ path: String?) -> Data? {
        path.flatMap { try? Data(contentsOf: URL(filePath: $0)) }
    }
}
