extension ImagesClient {
    /// This client with the key that is in force now.
    func keyed() async throws(ImagesAPIError) -> ImagesClient {
        guard let provider = configuration.apiKeyProvider else { return self }
        let key: APIKey
        do {
            key = try await provider()
        } catch let error as ImagesAPIError {
            throw error
        } catch is CancellationError {
            throw ImagesAPIError(.cancelled, "The request was cancelled while its key was fetched; nothing was sent.")
        } catch {
            // The error's words are somebody else's and may hold the secret it is about.
            throw ImagesAPIError(
                .missingAPIKey, "The configuration's apiKeyProvider failed (\(type(of: error))). Nothing was sent.")
        }
        return with { $0.apiKey = key }
    }

    /// A client with another key, after the server has not accepted this one's; nil when there is no other.
    func renewed(after error: ImagesAPIError) async -> ImagesClient? {
        guard error.code == .authenticationFailed, configuration.apiKeyProvider != nil else { return nil }
        guard let renewed = try? await keyed(), renewed.configuration.apiKey != configuration.apiKey else { return nil }
        return renewed
    }

    /// Runs an attempt with the key in force, and once more if that is refused and there is another by then.
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
