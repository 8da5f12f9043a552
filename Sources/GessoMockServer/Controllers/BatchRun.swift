#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Runs one batch: validates all lines, processes each, then stores the result files.
struct BatchRun {
    private struct Line {
        let customID: String
        let body: [String: RequestValue]
    }

    let batch: BatchRecord
    let store: ObjectStore
    let imageService: ImageService

    func run(input: StoredContents) {
        let count: Int
        do throws(BatchValidationError) { count = try validate(input) } catch {
            _ = store.updateBatch(batch.id) { batch in
                batch.inputErrors = error.inputErrors
                batch.move(to: .failed)
            }
            return
        }
        var (results, failures) = (ResultFile(), ResultFile())
        guard advance({ $0.total = count }, to: .inProgress) else {
            return finish(results, failures, as: .completed)
        }
        let processedCount = max(0, imageService.behavior.batchExpiresAfter ?? count)
        for (index, text) in BatchRun.lines(of: input).enumerated() {
            guard let current = store.updateBatch(batch.id, { _ in }) else { return }
            if current.status == .cancelling { break }
            // Every line was read before.
            guard let line = try? read(line: text) else { continue }
            if index < processedCount {
                process(line, into: &results, &failures)
            } else {
                expire(line, into: &failures)
            }
        }
        _ = advance({ _ in }, to: .finalizing)
        finish(results, failures, as: processedCount < count ? .expired : .completed)
    }

    /// A result file while it is written.
    private struct ResultFile {
        private let file = TemporaryFile()
        /// What the temporary file has no room for.
        private var rest = Data()

        mutating func append(_ line: Data) {
            if rest.isEmpty, file?.append(line) == true { return }
            rest.append(line)
        }

        /// Nil without lines.
        var contents: StoredContents? {
            guard rest.isEmpty else {
                return .memory((file?.read(at: 0, count: file?.byteCount ?? 0) ?? Data()) + rest)
            }
            return file.flatMap { $0.byteCount > 0 ? .file($0) : nil }
        }
    }

    /// Changes the batch and its status; false if the batch is being cancelled or the server stops.
    private func advance(_ change: (inout BatchRecord) -> Void, to status: BatchRecord.Status) -> Bool {
        let after = store.updateBatch(batch.id) { batch in
            change(&batch)
            if batch.status != .cancelling { batch.move(to: status) }
        }
        return after?.status == status
    }

    /// Stores the result files and sets the final status, which is `cancelled` if that was requested meanwhile.
    private func finish(_ results: ResultFile, _ failures: ResultFile, as status: BatchRecord.Status) {
        func stored(_ file: ResultFile, _ name: String) -> String? {
            guard let contents = file.contents else { return nil }
            let filename = "\(batch.id)_\(name).jsonl"
            let lifetime = batch.outputLifetime
            return store.addFile(contents, filename: filename, purpose: "batch_output", expiresAfter: lifetime).id
        }
        let (output, errors) = (stored(results, "output"), stored(failures, "error"))
        _ = store.updateBatch(batch.id) { batch in
            (batch.outputFile, batch.errorFile) = (output, errors)
            batch.move(to: batch.status == .cancelling ? .cancelled : status)
        }
    }

    private func process(_ line: Line, into results: inout ResultFile, _ failures: inout ResultFile) {
        var tokens: TokenCount?
        let (status, body): (Int, RequestValue)
        do {
            let parameters = Parameters(object: line.body)
            let isEdit = batch.endpoint.hasSuffix("edits")
            let job =
                isEdit
                ? try imageService.edit(parameters, isForm: false, model: nil)
                : try imageService.generation(parameters, model: nil)
            guard !job.stream.isStreamed else {
                throw APIErrorResponse.unsupported("stream", "Streaming is not supported in a batch.")
            }
            (status, body) = (200, try imageService.response(to: job, origin: ""))
            tokens = job.usage
        } catch {
            let apiError =
                error as? APIErrorResponse ?? APIErrorResponse(500, "The mock server failed.", type: "server_error")
            (status, body) = (apiError.status, apiError.json)
        }
        let response = RequestValue.object([
            "status_code": .integer(status), "request_id": .string("req_" + RequestHandler.randomHexadecimal()),
            "body": body,
        ])
        let text = result(of: line, response: response)
        if status == 200 { results.append(text) } else { failures.append(text) }
        _ = store.updateBatch(batch.id) { batch in
            if status == 200 { batch.completed += 1 } else { batch.failed += 1 }
            batch.inputTokens += (tokens?.textInput ?? 0) + (tokens?.imageInput ?? 0)
            batch.outputTokens += tokens?.output ?? 0
        }
    }

    /// Adds an error for a line that was not processed before the batch expired.
    private func expire(_ line: Line, into failures: inout ResultFile) {
        let message = "This request could not be executed before the completion window expired."
        failures.append(
            result(of: line, error: .object(["code": .string("batch_expired"), "message": .string(message)])))
        _ = store.updateBatch(batch.id) { $0.failed += 1 }
    }

    /// One line of a result file.
    private func result(of line: Line, response: RequestValue = .null, error: RequestValue = .null) -> Data {
        let result = RequestValue.object([
            "id": .string("batch_req_" + RequestHandler.randomHexadecimal()), "custom_id": .string(line.customID),
            "response": response, "error": error,
        ])
        return result.serialized() + Data("\n".utf8)
    }

    /// The lines that are not blank.
    private static func lines(of input: StoredContents) -> some Sequence<Data> {
        StoredLines(input).lazy.filter { !$0.allSatisfy { $0 == 13 || $0 == 32 } }
    }

    /// Reads every line and keeps none; returns how many there are.
    private func validate(_ input: StoredContents) throws(BatchValidationError) -> Int {
        guard input.byteCount <= BatchesController.byteLimit else {
            throw BatchValidationError(
                "file_too_large", "The input file is larger than \(BatchesController.byteLimit) bytes.")
        }
        var (count, inputErrors, seen): (Int, [BatchRecord.InputError], Set<String>) = (0, [], [])
        for text in BatchRun.lines(of: input) {
            count += 1
            guard count <= BatchesController.lineLimit else {
                throw BatchValidationError(
                    "too_many_tasks", "The input file has more than \(BatchesController.lineLimit) lines.")
            }
            do throws(BatchValidationError) {
                let line = try read(line: text)
                guard seen.insert(line.customID).inserted else {
                    throw BatchValidationError("duplicate_custom_id", "The custom_id '\(line.customID)' is used twice.")
                }
            } catch {
                inputErrors += error.inputErrors.map { .init(code: $0.code, message: $0.message, line: count) }
            }
        }
        guard count > 0 else { throw BatchValidationError("empty_file", "The input file has no lines.") }
        guard inputErrors.isEmpty else { throw BatchValidationError(inputErrors: inputErrors) }
        return count
    }

    private func read(line: Data) throws(BatchValidationError) -> Line {
        guard case .object(let members)? = try? JSONDecoder().decode(RequestValue.self, from: line) else {
            throw BatchValidationError("invalid_json_line", "This line is not a JSON object.")
        }
        guard case .string(let id)? = members["custom_id"], !id.isEmpty else {
            throw BatchValidationError("missing_required_parameter", "Missing required parameter: 'custom_id'.")
        }
        guard members["method"] == .string("POST") else {
            throw BatchValidationError("invalid_method", "The method of a line must be 'POST'.")
        }
        guard members["url"] == .string(batch.endpoint) else {
            throw BatchValidationError(
                "invalid_url", "The url of a line must be the batch's endpoint, '\(batch.endpoint)'.")
        }
        guard case .object(let body)? = members["body"] else {
            throw BatchValidationError("missing_required_parameter", "Missing required parameter: 'body'.")
        }
        return Line(customID: id, body: body)
    }
}

/// Errors in the input of a batch; none of its lines is processed.
private struct BatchValidationError: Error {
    var inputErrors: [BatchRecord.InputError]

    init(inputErrors: [BatchRecord.InputError]) { self.inputErrors = inputErrors }

    init(_ code: String, _ message: String) {
        inputErrors = [.init(code: code, message: message, line: nil)]
    }
}
