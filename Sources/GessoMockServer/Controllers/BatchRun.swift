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

    func run(input: Data) {
        let lines: [Line]
        do throws(BatchValidationError) { lines = try read(input) } catch {
            _ = store.updateBatch(batch.id) { batch in
                batch.inputErrors = error.inputErrors
                batch.move(to: .failed)
            }
            return
        }
        guard advance({ $0.total = lines.count }, to: .inProgress) else {
            return finish(Data(), Data(), as: .completed)
        }
        var (results, failures) = (Data(), Data())
        let processedCount = max(0, imageService.behavior.batchExpiresAfter ?? lines.count)
        for line in lines.prefix(processedCount) {
            guard let current = store.updateBatch(batch.id, { _ in }) else { return }
            if current.status == .cancelling { break }
            process(line, into: &results, &failures)
        }
        let isExpired = processedCount < lines.count
        if isExpired, store.updateBatch(batch.id, { _ in })?.status != .cancelling {
            for line in lines.dropFirst(processedCount) { expire(line, into: &failures) }
        }
        _ = advance({ _ in }, to: .finalizing)
        finish(results, failures, as: isExpired ? .expired : .completed)
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
    private func finish(_ results: Data, _ failures: Data, as status: BatchRecord.Status) {
        func stored(_ data: Data, _ name: String) -> String? {
            guard !data.isEmpty else { return nil }
            let filename = "\(batch.id)_\(name).jsonl"
            let lifetime = batch.outputLifetime
            return store.addFile(data, filename: filename, purpose: "batch_output", expiresAfter: lifetime).id
        }
        let (output, errors) = (stored(results, "output"), stored(failures, "error"))
        _ = store.updateBatch(batch.id) { batch in
            (batch.outputFile, batch.errorFile) = (output, errors)
            batch.move(to: batch.status == .cancelling ? .cancelled : status)
        }
    }

    private func process(_ line: Line, into results: inout Data, _ failures: inout Data) {
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
    private func expire(_ line: Line, into failures: inout Data) {
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

    private func read(_ input: Data) throws(BatchValidationError) -> [Line] {
        guard input.count <= BatchesController.byteLimit else {
            throw BatchValidationError(
                "file_too_large", "The input file is larger than \(BatchesController.byteLimit) bytes.")
        }
        let texts = input.split(separator: UInt8(ascii: "\n")).filter { !$0.allSatisfy { $0 == 13 || $0 == 32 } }
        guard !texts.isEmpty else { throw BatchValidationError("empty_file", "The input file has no lines.") }
        guard texts.count <= BatchesController.lineLimit else {
            throw BatchValidationError(
                "too_many_tasks", "The input file has more than \(BatchesController.lineLimit) lines.")
        }
        var (lines, inputErrors, seen): ([Line], [BatchRecord.InputError], Set<String>) = ([], [], [])
        for (index, text) in texts.enumerated() {
            do throws(BatchValidationError) {
                let line = try read(line: Data(text))
                guard seen.insert(line.customID).inserted else {
                    throw BatchValidationError("duplicate_custom_id", "The custom_id '\(line.customID)' is used twice.")
                }
                lines.append(line)
            } catch {
                inputErrors += error.inputErrors.map { .init(code: $0.code, message: $0.message, line: index + 1) }
            }
        }
        guard inputErrors.isEmpty else { throw BatchValidationError(inputErrors: inputErrors) }
        return lines
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
