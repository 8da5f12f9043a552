import Foundation
import Gesso

/// The failure of a request, and the files with what the server sent all the same.
struct UnusableResponse: Error {
    let cause: any Error
    let files: [String]
    /// Whether something was received that could not be written to any file.
    let isLost: Bool

    /// Keeps what an error has received.
    init(_ error: any Error, keptIn directory: URL, stem: String) {
        cause = error
        guard let error = error as? ImagesAPIError else {
            (files, isLost) = ([], false)
            return
        }
        // The last resort is the temporary directory, although it may be cleared.
        let places = [directory, FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)")]
        for place in places {
            guard let kept = try? RawResponseFile(of: error, in: place, stem: stem) else { continue }
            (files, isLost) = ([kept.path], false)
            return
        }
        (files, isLost) = ([], error.hasBody && error.mayHaveBeenBilled)
    }

    /// A failure, and the files of the requests that failed.
    init(_ cause: any Error, besides failures: [UnusableResponse]) {
        self.cause = cause
        files = failures.flatMap(\.files)
        isLost = failures.contains { $0.isLost }
    }

    /// Runs a request and keeps what it received if it fails.
    static func keeping<R>(in directory: URL, stem: String, _ request: () async throws -> R) async throws -> R {
        do {
            return try await request()
        } catch {
            throw UnusableResponse(error, keptIn: directory, stem: stem)
        }
    }
}
