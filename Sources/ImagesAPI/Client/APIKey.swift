extension ImagesClient {
    /// The API key; printing, dumping or encoding it shows `***`.
    public struct APIKey: Sendable, Hashable {
        private let value: String

        /// A key, without blanks around it.
        ///
        /// - Throws: `invalidAPIKey` when it is empty or holds anything but visible ASCII, since a line break would add a header
        ///   field; the error does not show the key.
        public init(_ key: String) throws(ImagesAPIError) {
            let trimmed = key.drop { $0 == " " || $0 == "\t" }
            var value = String(trimmed)
            while value.last == " " || value.last == "\t" { value.removeLast() }
            guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw ImagesAPIError(
                    .invalidAPIKey,
                    "The API key is empty or holds a blank, a line break or a character outside ASCII; copy it again, without line breaks."
                )
            }
            self.value = value
        }

        /// The value of the header field that carries the key; nothing else reads it.
        func headerValue(prefix: String) -> String { prefix + value }
    }
}

extension ImagesClient.APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "***" }
    public var debugDescription: String { "***" }
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

extension ImagesClient.APIKey: Encodable {
    /// Writes `***`; a stored configuration has no key.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("***")
    }
}

extension ImagesClient {
    /// This client with the current key.
    func keyed() async throws(ImagesAPIError) -> ImagesClient {
        guard let provider = configuration.apiKeyProvider else { return self }
        let key: ImagesClient.APIKey
        do {
            key = try await provider()
        } catch let error as ImagesAPIError {
            throw error
        } catch is CancellationError {
            throw ImagesAPIError(.cancelled, "The request was cancelled while its key was fetched; nothing was sent.")
        } catch {
            // The message of a foreign error may hold the secret.
            throw ImagesAPIError(
                .missingAPIKey, "The configuration's apiKeyProvider failed (\(type(of: error))). Nothing was sent.")
        }
        return with { $0.apiKey = key }
    }

    /// A client with another key, after the server has refused this one's; nil when there is no other.
    func renewed(after error: ImagesAPIError) async -> ImagesClient? {
        guard error.code == .authenticationFailed, configuration.apiKeyProvider != nil else { return nil }
        guard let renewed = try? await keyed(), renewed.configuration.apiKey != configuration.apiKey else { return nil }
        return renewed
    }

    /// Runs an attempt with the current key, and once more if the server refuses it and the provider has another by then.
    func withKey<Success: Sendable>(
        _ attempt: (ImagesClient) async throws(ImagesAPIError) -> Success
    ) async throws(ImagesAPIError) -> Success {
        let client = try await keyed()
        do throws(ImagesAPIError) {
            return try await attempt(client)
        } catch {
            guard let renewed = await client.renewed(after: error) else { throw client.scrubbed(error) }
            do throws(ImagesAPIError) {
                return try await attempt(renewed)
            } catch {
                throw renewed.scrubbed(error)
            }
        }
    }
}
