#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Batch {
    /// Writes the requests of a batch as JSON Lines, into as many files as the limits require.
    ///
    /// ```swift
    /// var writer = Batch.InputWriter()
    /// for job in jobs {
    ///     if let full = try writer.append(job.request, customID: job.id) { try await upload(full) }
    /// }
    /// if let rest = writer.finish() { try await upload(rest) }
    /// ```
    public struct InputWriter: Sendable {
        /// The most lines of one file.
        public static let maxLines = 50_000
        /// The most bytes of one file.
        public static let maxBytes = 200_000_000

        /// The path of the endpoint of all requests, for ``ImagesClient/createBatch(inputFileID:endpoint:metadata:outputExpiresAfterSeconds:)``;
        /// the first request decides it.
        public private(set) var endpoint: String?
        private let server: ServerProfile
        private let maxLines: Int
        private let maxBytes: Int
        private var bytes = Data()
        private var lines = 0
        private var customIDs: Set<String> = []

        /// A writer without requests yet.
        ///
        /// - Parameter server: the server that gets the batch, whose names of models, fields and values are written. A line
        ///   has no path for a deployment, so its `model` is the deployment.
        public init(server: ServerProfile = .openAI) {
            self.init(server: server, maxLines: Self.maxLines, maxBytes: Self.maxBytes)
        }

        init(server: ServerProfile = .openAI, maxLines: Int, maxBytes: Int) {
            self.server = server
            self.maxLines = maxLines
            self.maxBytes = maxBytes
        }

        /// Adds a generation.
        ///
        /// - Returns: a file that had no room for this request and is ready to be uploaded; nil as long as there is room.
        /// - Throws: `invalidRequest` for an id that is empty or already used, for another endpoint, and what is wrong with the request itself;
        ///   `unsupportedFeature` for a server that has no batches.
        public mutating func append(_ request: GenerationRequest, customID: String) throws(ImagesAPIError) -> Data? {
            add(try line(request, customID: customID))
        }

        /// Adds an edit; its images must be given by reference, since a line cannot hold a form.
        ///
        /// - Returns: a file that had no room for this request and is ready to be uploaded; nil as long as there is room.
        /// - Throws: `invalidRequest` for attached images, for an id that is empty or already used, or for another endpoint;
        ///   `unsupportedFeature` for a server that has no batches, or takes no images by reference.
        public mutating func append(_ request: EditRequest, customID: String) throws(ImagesAPIError) -> Data? {
            add(try line(request, customID: customID))
        }

        /// The last file, or nil when no requests are left.
        public mutating func finish() -> Data? {
            guard lines > 0 else { return nil }
            defer {
                bytes = Data()
                lines = 0
            }
            return bytes
        }

        /// The line of a generation, which the caller writes to a file of its own; throws what ``append(_:customID:)`` does.
        package mutating func line(_ request: GenerationRequest, customID: String) throws(ImagesAPIError) -> Data {
            try RequestRules.check(request)
            try server.require(server.obstacles(to: request, streaming: false))
            let path = try path(of: .generations, customID)
            var body = RequestBody()
            body.append(
                json: server.fields(request.fields, of: .generations, extra: request.extra, inBatch: true))
            return try line(body, customID, path)
        }

        /// The line of an edit by reference, which the caller writes to a file of its own.
        package mutating func line(_ request: EditRequest, customID: String) throws(ImagesAPIError) -> Data {
            try RequestRules.check(request)
            guard !request.references.isEmpty else {
                throw ImagesAPIError(
                    .invalidRequest, "A batch takes images by reference only; upload them and use their file ids.")
            }
            try server.require(server.obstacles(to: request, streaming: false))
            let path = try path(of: .edits, customID)
            let fields = server.fields(
                request.fields(for: server), of: .edits, extra: request.extra, inBatch: true)
            let names = server.json ?? ServerProfile.references
            return try line(try RequestBody(edit: request, fields: fields, names: names), customID, path)
        }

        /// Checks a request; returns the path of its endpoint, which is that of the API whatever server is used.
        private func path(of wanted: ServerProfile.Operation, _ customID: String) throws(ImagesAPIError) -> String {
            _ = try server.path(of: .batches, model: nil)
            let path = "/v1" + wanted.usualPath
            if let endpoint, endpoint != path {
                throw ImagesAPIError(
                    .invalidRequest, "A batch has one endpoint; this one is for \(endpoint), not \(path).")
            }
            guard !customID.isEmpty, !customIDs.contains(customID) else {
                throw ImagesAPIError(
                    .invalidRequest,
                    "Each request of a batch needs an id of its own; this one is empty or already used.")
            }
            return path
        }

        private mutating func line(
            _ body: RequestBody, _ customID: String, _ path: String
        ) throws(ImagesAPIError) -> Data {
            var fields = RequestFields()
            fields.set("custom_id", customID)
            fields.set("method", "POST")
            fields.set("url", path)
            var line = Data(fields.json.dropLast())
            line.append(contentsOf: ",\"body\":".utf8)
            for segment in body.segments { line.append(segment) }
            line.append(contentsOf: "}\n".utf8)
            guard line.count <= maxBytes else {
                throw ImagesAPIError(
                    .imageTooLarge,
                    "A request has \(line.count) bytes, a batch file at most \(maxBytes); upload the images and use their file ids.",
                    facts: ["found": "\(line.count)", "allowed": "\(maxBytes)"])
            }
            endpoint = path
            customIDs.insert(customID)
            return line
        }

        /// Adds a line to the file; returns the file before it if there was no room.
        private mutating func add(_ line: Data) -> Data? {
            let full = lines == maxLines || bytes.count + line.count > maxBytes ? finish() : nil
            bytes.append(line)
            lines += 1
            return full
        }
    }
}

extension Batch.InputWriter: CustomReflectable {
    /// Shows the numbers of lines and bytes, and no content.
    public var customMirror: Mirror {
        Mirror(self, children: ["endpoint": endpoint as Any, "lines": lines, "bytes": bytes.count])
    }
}
