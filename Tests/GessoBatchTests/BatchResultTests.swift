import Foundation
import Gesso
import GessoMockServer
import Testing

@testable import GessoBatch

@Suite("Results of batches that are not as they should be", .timeLimit(.minutes(5)))
struct BatchResultTests {
    private func withClient<R: Sendable>(
        _ behavior: String, _ body: @Sendable (ImagesClient) async throws -> R
    ) async throws -> R {
        let behavior = try JSONDecoder().decode(MockServer.Behavior.self, from: Data(behavior.utf8))
        return try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            return try await body(client)
        }
    }

    /// Of three jobs the server completes two before the batch expires; their results do not arrive, or not whole.
    @Test(
        "are not taken for unpaid where the server has completed more than can be read",
        arguments: [#""flip": {"at": 0}"#, #""response": {"status": 200, "body": "\n"}"#])
    func unreadable(fault: String) async throws {
        let fixture = try BatchFixture()
        let behavior = """
            {"size": "64x48", "batchExpiresAfter": 2, "faults": [{"path": "/content", "times": 1, \(fault)}]}
            """
        try await withClient(behavior) { client in
            let run = try await BatchRun.plan(BatchFixture.generations(3), in: fixture.run)
            let outcomes = try await fixture.complete(run, client)
            let lost = try #require(outcomes.first { $0.id == "job-0" })
            #expect(lost.status == .failed && lost.error?.code == "missingResult")
            #expect(lost.error?.mayHaveBeenBilled == true && lost.error?.isRetryable == false)
            // The third has a line that says that it expired.
            #expect(outcomes.filter { $0.error?.isRetryable == true }.map(\.id) == ["job-2"])
            #expect(try await run.retry().map(\.jobCount) == [1])
        }
    }

    @Test("are not retried where a gateway did not wait for the image", arguments: [504, 524])
    func gateway(status: Int) {
        let error = ImagesAPIError(.serverError, "The request failed in its batch.", status: status)
        let failure = BatchRun.Outcome.Failure(error)
        #expect(failure.mayHaveBeenBilled && !failure.isRetryable)
        let other = BatchRun.Outcome.Failure(ImagesAPIError(.serverError, "The request failed.", status: 500))
        #expect(!other.mayHaveBeenBilled && other.isRetryable)
    }
}
