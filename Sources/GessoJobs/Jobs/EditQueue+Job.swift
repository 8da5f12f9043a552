#if SQLite
import Gesso
public import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension EditQueue {
    /// An edit or a generation and what became of it.
    public struct Job: Sendable, Identifiable {
        /// The job's name: letters, digits, `-` and `_`.
        public let id: String
        /// Whose job it is; queues take turns by owner.
        public let owner: String
        /// The caller's own text.
        public let label: String?
        /// What the job makes.
        public let kind: Kind
        /// When it was accepted.
        public let created: Date
        /// When it was accepted, ended or reopened last.
        public let updated: Date
        /// How far it has come.
        public let state: State
        /// Why it failed or is unknown.
        public let failure: Failure?
        /// What a finished job has made.
        public let result: Result?
        /// The number of the event with which it ended; nil while it waits or runs.
        let ending: Int?

        /// Whether nothing more happens by itself.
        public var isOver: Bool { ending != nil }
    }
}

extension EditQueue.Job {
    /// What a job makes.
    public enum Kind: String, Sendable, Codable {
        /// Edits an image.
        case edit
        /// Makes images from a prompt.
        case generation
    }

    /// How far a job has come. Each step is durable before the next one begins.
    public enum State: String, Sendable, Codable, CaseIterable {
        /// Accepted, its inputs stored; nothing was bought.
        case planned
        /// A request was claimed in the purchase journal, and may have been sent.
        case sent
        /// The response is stored; the job is finished without another request.
        case received
        /// All outputs are stored.
        case finished
        /// It ended with an error; responses that it has are kept.
        case failed
        /// A request was sent and no response is there: it may have been billed, and waits for a decision.
        case unknown
    }
}

extension EditQueue {
    /// Why a job failed, or why its outcome is unknown.
    public struct Failure: Error, Sendable, Codable, Hashable {
        /// The code of the `GessoError` or `ImagesAPIError`.
        public let code: String
        /// A sentence for a person.
        public let message: String
        /// The facts of the message, for programs.
        public let facts: [String: String]
        /// Whether a request of the job was billed, or may have been.
        public let mayHaveBeenBilled: Bool
    }

    /// What a job has made.
    public struct Result: Sendable, Codable, Hashable {
        /// Image by image, each with its renditions in order.
        public internal(set) var outputs: [Output]
        /// What changed outside mask and feather, one for each image; none without a mask.
        public let audits: [EditAudit]
        /// What was passed over, changed or left out, as sentences.
        public let warnings: [String]
        /// The tokens of all requests, if the responses tell.
        public let usage: Usage?
        /// US dollars, as the server states them or else by the published prices.
        public let cost: Double?
        /// What the server calls each request; not known of responses that were stored before a restart.
        public let requestIDs: [String]
    }

    /// A file that a job has made.
    public struct Output: Sendable, Codable, Hashable {
        /// Which of the requested images it belongs to, from 0.
        public let image: Int
        /// The name of the rendition.
        public let rendition: String
        /// The file; whole and synced.
        public internal(set) var url: URL
        /// Its media type, by content.
        public let mimeType: String
        /// Pixels across, upright.
        public let width: Int
        /// Pixels down, upright.
        public let height: Int
        /// Bytes of the file.
        public let byteCount: Int
        /// The SHA-256 of the file, 64 hexadecimal digits.
        public let digest: String
        /// What could not be done as asked; nil when all could.
        public let note: String?
    }
}

extension EditQueue.Failure {
    /// The failure that an error amounts to; of foreign errors only the type, for their text may contain secrets.
    init(_ error: any Error, mayHaveBeenBilled: Bool = false) {
        switch error {
        case let error as GessoError:
            self.init(
                code: error.code.rawValue, message: error.message, facts: error.facts,
                mayHaveBeenBilled: mayHaveBeenBilled)
        case let error as ImagesAPIError:
            var facts = error.facts
            facts["status"] = error.status.map { "\($0)" }
            facts["requestID"] = error.requestID
            self.init(
                code: error.code.rawValue, message: error.message, facts: facts,
                mayHaveBeenBilled: mayHaveBeenBilled || error.mayHaveBeenBilled)
        case let error as Editor.UnfinishedEdit:
            self.init(error.cause, mayHaveBeenBilled: true)
        case let error as EditQueue.Failure: self = error
        default:
            let type = "\(type(of: error))"
            self.init(
                code: type, message: "The job ended with \(type).", facts: [:], mayHaveBeenBilled: mayHaveBeenBilled)
        }
    }

    /// What is known of a request whose process ended before its response was there.
    static let interrupted = Self(
        code: ImagesAPIError.Code.purchaseUnresolved.rawValue,
        message:
            "The process ended while a request was under way, which may have been billed. Compare with the server's list "
            + "of requests; then decide whether to send it again or to give up.",
        facts: [:], mayHaveBeenBilled: true)
}
#endif
