#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Batch {
    /// What became of one request of a batch.
    public struct Result: Sendable {
        /// The id you gave the request; nil when the line cannot be read.
        public var customID: String?
        /// The images, or why there are none.
        public var response: Result<ImagesResponse, ImagesAPIError>
        /// The line in the file, from 1.
        public var line: Int

        init(_ line: JSONLinesScanner.Line, scrubber: SecretScrubber = SecretScrubber()) {
            self.line = line.number
            switch line.result {
            case .failure(let failure):
                var error = ImagesAPIError(failure)
                error.facts["line"] = "\(line.number)"
                error.mayHaveBeenBilled = true
                response = .failure(error)
            case .success(let document):
                customID = document.value["custom_id"]?.stringValue
                response = Self.response(document).mapError(scrubber.scrub)
            }
        }

        private static func response(_ document: ScannedDocument) -> Result<ImagesResponse, ImagesAPIError> {
            let value = document.value
            let status = value["response"]?["status_code"]?.integerValue ?? 0
            var head = ResponseHead(status: status)
            if let id = value["response"]?["request_id"]?.stringValue { head.fields.append(("x-request-id", id)) }
            let body = value["response"]?["body"]
            guard (200...299).contains(status), let body else {
                let api = [value["error"], body].compactMap { $0 }.lazy.compactMap { error in
                    error.objectValue.flatMap { members in
                        ImagesAPIError.ErrorObject(response: error)
                            ?? (members.isEmpty ? nil : ImagesAPIError.ErrorObject(members: members))
                    }
                }.first
                let message = api.map { SanitizedText.sanitized($0.message) } ?? "no explanation"
                return .failure(
                    ImagesAPIError(
                        HTTPErrors.code(status: status, api: api), "The request failed in its batch: \(message).",
                        status: status == 0 ? nil : status, requestID: head["x-request-id"], apiError: api))
            }
            do throws(ImagesAPIError) {
                return .success(try ImagesResponse(ScannedDocument(value: body, images: document.images), head: head))
            } catch {
                return .failure(error)
            }
        }
    }

    /// The results of a batch, read while their file arrives; goes through it once.
    public struct Results: AsyncSequence, Sendable {
        public typealias Element = Batch.Result
        public typealias Failure = ImagesAPIError

        private let session: StreamSession<Batch.Result>

        init(_ session: StreamSession<Batch.Result>) { self.session = session }

        public func makeAsyncIterator() -> Iterator { Iterator(session.claim()) }

        /// Goes through the results; not to be shared between tasks.
        public struct Iterator: AsyncIteratorProtocol {
            private let reader: Result<StreamReader<Batch.Result>, ImagesAPIError>

            init(_ reader: Result<StreamReader<Batch.Result>, ImagesAPIError>) { self.reader = reader }

            public mutating func next() async throws(ImagesAPIError) -> Batch.Result? { try await reader.get().next() }

            public mutating func next(isolation actor: isolated (any Actor)?) async throws(ImagesAPIError) -> Batch
                .Result?
            {
                try await reader.get().next()
            }
        }
    }
}

extension Batch.Results.Iterator: CustomReflectable {
    /// Shows nothing: the request behind it has the key in its header.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Reads a result file that is on disk or in memory, in pieces of any length.
    public struct ResultReader: Sendable {
        private var scanner: JSONLinesScanner

        public init(limits: ImagesClient.ResponseLimits = ImagesClient.ResponseLimits()) {
            scanner = JSONLinesScanner(limits: ScanLimits(limits))
        }

        /// Takes the next piece of the file and gives the results that end in it.
        public mutating func read(_ piece: Data) -> [Batch.Result] {
            piece.withUnsafeBytes { bytes in
                var results: [Batch.Result] = []
                var index = 0
                while index < bytes.count {
                    let (taken, line) = scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                    index += taken
                    if let line { results.append(Batch.Result(line)) }
                }
                return results
            }
        }

        /// The last result, when no line end follows it.
        public mutating func finish() -> Batch.Result? { scanner.finish().map { Batch.Result($0) } }
    }
}
