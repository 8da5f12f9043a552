#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The work on one batch: checks all lines, then answers each, then writes the files.
struct BatchRun {
    private struct Line {
        let customID: String
        let body: [String: JSONValue]
    }

    let batch: BatchRecord
    let archive: Archive
    let studio: Studio

    func work(on input: Data) {
        let lines: [Line]
        do throws(BatchProblems) { lines = try read(input) } catch {
            _ = archive.updateBatch(batch.id) { batch in
                batch.problems = error.problems
                batch.move(to: .failed)
            }
            return
        }
        guard go({ $0.total = lines.count }, to: .inProgress) else {
            return finish(Data(), Data(), as: .completed)
        }
        var (results, failures) = (Data(), Data())
        let inTime = max(0, studio.behaviour.batchExpiresAfter ?? lines.count)
        for line in lines.prefix(inTime) {
            guard let current = archive.updateBatch(batch.id, { _ in }) else { return }
            if current.status == .cancelling { break }
            answer(line, into: &results, &failures)
        }
        let isExpired = inTime < lines.count
        if isExpired, archive.updateBatch(batch.id, { _ in })?.status != .cancelling {
            for line in lines.dropFirst(inTime) { expire(line, into: &failures) }
        }
        _ = go({ _ in }, to: .finalizing)
        finish(results, failures, as: isExpired ? .expired : .completed)
    }

    /// Moves on unless the batch is being cancelled.
    private func go(_ change: (inout BatchRecord) -> Void, to status: BatchRecord.Status) -> Bool {
        let after = archive.updateBatch(batch.id) { batch in
            change(&batch)
            if batch.status != .cancelling { batch.move(to: status) }
        }
        return after?.status == status
    }

    /// Writes the files, and ends with that status or as cancelled.
    private func finish(_ results: Data, _ failures: Data, as status: BatchRecord.Status) {
        func kept(_ data: Data, _ name: String) -> String? {
            guard !data.isEmpty else { return nil }
            let filename = "\(batch.id)_\(name).jsonl"
            let lifetime = batch.outputLifetime
            return archive.keep(data, filename: filename, purpose: "batch_output", expiresAfter: lifetime).id
        }
        let (output, errors) = (kept(results, "output"), kept(failures, "error"))
        _ = archive.updateBatch(batch.id) { batch in
            (batch.outputFile, batch.errorFile) = (output, errors)
            batch.move(to: batch.status == .cancelling ? .cancelled : status)
        }
    }

    private func answer(_ line: Line, into results: inout Data, _ failures: inout Data) {
        var tokens: TokenCount?
        let (status, body): (Int, JSONValue)
        do {
            let parameters = Parameters(object: line.body)
            let isEdit = batch.endpoint.hasSuffix("edits")
            let commission =
                isEdit
                ? try studio.edit(parameters, isForm: false, model: nil) : try studio.generation(parameters, model: nil)
            guard !commission.stream.isStreamed else {
                throw Refusal.unsupported("stream", "Streaming is not supported in a batch.")
            }
            (status, body) = (200, try studio.response(to: commission, origin: ""))
            tokens = commission.usage
        } catch {
            let refusal = error as? Refusal ?? Refusal(500, "The stand-in failed.", type: "server_error")
            (status, body) = (refusal.status, refusal.json)
        }
        let response = JSONValue.object([
            "status_code": .integer(status), "request_id": .string("req_" + ImagesService.randomHexadecimal()),
            "body": body,
        ])
        let text = result(of: line, response: response)
        if status == 200 { results.append(text) } else { failures.append(text) }
        _ = archive.updateBatch(batch.id) { batch in
            if status == 200 { batch.completed += 1 } else { batch.failed += 1 }
            batch.inputTokens += (tokens?.textInput ?? 0) + (tokens?.imageInput ?? 0)
            batch.outputTokens += tokens?.output ?? 0
        }
    }

    /// What becomes of a line that there was no time for.
    private func expire(_ line: Line, into failures: inout Data) {
        let message = "This request could not be executed before the completion window expired."
        failures.append(
            result(of: line, error: .object(["code": .string("batch_expired"), "message": .string(message)])))
        _ = archive.updateBatch(batch.id) { $0.failed += 1 }
    }

    /// A line of the output.
    private func result(of line: Line, response: JSONValue = .null, error: JSONValue = .null) -> Data {
        let result = JSONValue.object([
            "id": .string("batch_req_" + ImagesService.randomHexadecimal()), "custom_id": .string(line.customID),
            "response": response, "error": error,
        ])
        return result.serialized() + Data("\n".utf8)
    }

    private func read(_ input: Data) throws(BatchProblems) -> [Line] {
        guard input.count <= BatchDesk.byteLimit else {
            throw BatchProblems("file_too_large", "The input file is larger than \(BatchDesk.byteLimit) bytes.")
        }
        let texts = input.split(separator: UInt8(ascii: "\n")).filter { !$0.allSatisfy { $0 == 13 || $0 == 32 } }
        guard !texts.isEmpty else { throw BatchProblems("empty_file", "The input file has no lines.") }
        guard texts.count <= BatchDesk.lineLimit else {
            throw BatchProblems("too_many_tasks", "The input file has more than \(BatchDesk.lineLimit) lines.")
        }
        var (lines, problems, seen): ([Line], [BatchRecord.Problem], Set<String>) = ([], [], [])
        for (index, text) in texts.enumerated() {
            do throws(BatchProblems) {
                let line = try read(line: Data(text))
                guard seen.insert(line.customID).inserted else {
                    throw BatchProblems("duplicate_custom_id", "The custom_id '\(line.customID)' comes twice.")
                }
                lines.append(line)
            } catch {
                problems += error.problems.map { .init(code: $0.code, message: $0.message, line: index + 1) }
            }
        }
        guard problems.isEmpty else { throw BatchProblems(problems: problems) }
        return lines
    }

    private func read(line: Data) throws(BatchProblems) -> Line {
        guard case .object(let members)? = try? JSONDecoder().decode(JSONValue.self, from: line) else {
            throw BatchProblems("invalid_json_line", "This line is not a JSON object.")
        }
        guard case .string(let id)? = members["custom_id"], !id.isEmpty else {
            throw BatchProblems("missing_required_parameter", "Missing required parameter: 'custom_id'.")
        }
        guard members["method"] == .string("POST") else {
            throw BatchProblems("invalid_method", "The method of a line must be 'POST'.")
        }
        guard members["url"] == .string(batch.endpoint) else {
            throw BatchProblems("invalid_url", "The url of a line must be the batch's endpoint, '\(batch.endpoint)'.")
        }
        guard case .object(let body)? = members["body"] else {
            throw BatchProblems("missing_required_parameter", "Missing required parameter: 'body'.")
        }
        return Line(customID: id, body: body)
    }
}

/// Why a batch's input is not worked on.
private struct BatchProblems: Error {
    var problems: [BatchRecord.Problem]

    init(problems: [BatchRecord.Problem]) { self.problems = problems }

    init(_ code: String, _ message: String) {
        problems = [.init(code: code, message: message, line: nil)]
    }
}
