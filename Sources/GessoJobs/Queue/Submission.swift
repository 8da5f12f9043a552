#if SQLite
import Gesso
import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is checked before a job is accepted.
enum Submission {
    static func check(owner: String, id: String?, label: String?) throws(GessoError) {
        guard (1...256).contains(owner.utf8.count) else {
            throw invalid("The owner of a job has \(owner.utf8.count) bytes; give it 1 to 256.")
        }
        guard (label?.utf8.count ?? 0) <= 4_096 else {
            throw invalid("The label of a job has \(label?.utf8.count ?? 0) bytes; give it at most 4,096.")
        }
        guard let id else { return }
        let isLegal =
            (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45
                    || byte == 95
            }
        guard isLegal else {
            throw invalid(
                "A job's id has 1 to 64 letters, digits, '-' and '_'; got \(id.utf8.count) bytes with others.")
        }
    }

    /// Refuses what would be refused before it is sent, so that it is not stored either.
    static func check(_ work: EditQueue.Work, _ editor: Editor, partialImages: Int) async throws {
        switch work {
        case .edit(let job, let photo, let references):
            try await editor.plan(job, photo: photo, references: references).requireFinish(within: editor.budget)
        case .generation(let request, _):
            try editor.client.check(request, partialImages: partialImages > 0 ? partialImages : nil)
        }
    }

    /// Sorted by time in lists of files, and unique by 64 random bits.
    static func newID() -> String {
        var generator = SystemRandomNumberGenerator()
        return "\(Int(Date().timeIntervalSince1970))-\(String(generator.next(), radix: 16))"
    }

    static func inUse(_ id: String) -> GessoError {
        invalid("The id \(id) is in use by another job; choose another one, or none.", facts: ["found": id])
    }

    static func missing(_ id: String) -> GessoError {
        GessoError(
            .fileNotFound, stage: "jobs", "There is no job \(id); list the jobs to see their ids.", facts: ["found": id]
        )
    }

    static func invalid(_ message: String, facts: [String: String] = [:]) -> GessoError {
        GessoError(.invalidParameter, stage: "jobs", message, facts: facts)
    }
}
#endif
