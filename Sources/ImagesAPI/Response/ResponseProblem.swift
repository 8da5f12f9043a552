/// Says why a response of success has no image: an error in it, a refusal by the content filter, a job that was accepted
/// and is not finished, or nothing at all.
struct ResponseProblem {
    let value: JSONValue
    let head: ResponseHead

    /// What speaks against taking anything in the document for a result, wherever it is; nil for nothing.
    var refusal: ImagesAPIError? { statedError ?? moderation ?? failure ?? acceptance }

    /// The error for a document without images.
    var noImages: ImagesAPIError {
        refusal ?? explanation ?? emptyURL
            ?? error(.emptyResponse, "The response contains no image.")
    }

    /// An `error` that says something.
    var statedError: ImagesAPIError? {
        let bodies = [value] + [value["response"]].compactMap { $0 }
        for body in bodies {
            let stated = [body["error"], body["errors"]].compactMap { $0 }.contains {
                ImageStreamStateMachine.isTruthy($0)
            }
            guard stated || body["object"]?.stringValue == "error" || Self.isListOfErrors(body) else { continue }
            return error(
                ImagesAPIError.ErrorObject(response: body)
                    ?? ImagesAPIError.ErrorObject(members: body.objectValue ?? [:]))
        }
        return itemError
    }

    private static func isListOfErrors(_ value: JSONValue) -> Bool {
        value.arrayValue?.first?["error"].map(ImageStreamStateMachine.isTruthy) ?? false
    }

    /// The error of an item of the Responses API, which has the details of moderation.
    private var itemError: ImagesAPIError? {
        let output = value["output"]?.arrayValue ?? value["response"]?["output"]?.arrayValue ?? []
        for item in output + [value["item"]].compactMap({ $0 })
        where item["type"]?.stringValue == "image_generation_call" {
            if let members = item["error"]?.objectValue, !members.isEmpty {
                return error(ImagesAPIError.ErrorObject(members: members))
            }
            if item["status"]?.stringValue == "failed" {
                return error(ImagesAPIError.ErrorObject(message: "the image was not generated"))
            }
        }
        return nil
    }

    /// xAI returns success for an image that it does not show.
    private var moderation: ImagesAPIError? {
        let places = [value] + (value["data"]?.arrayValue ?? [])
        guard places.contains(where: { $0["respect_moderation"]?.boolValue == false }) else { return nil }
        return blocked("the image did not respect the server's rules")
    }

    /// An image that should be here by its URL and is not.
    private var emptyURL: ImagesAPIError? {
        let elements = value["data"]?.arrayValue ?? value["data"].map { [$0] } ?? []
        guard elements.contains(where: { $0["url"]?.stringValue == "" }) else { return nil }
        return blocked("the server returned an empty address in place of the image")
    }

    private func blocked(_ message: String) -> ImagesAPIError {
        error(
            ImagesAPIError.ErrorObject(
                message: value["message"]?.stringValue ?? message, code: "moderation_blocked",
                extra: value.objectValue?.filter { $0.key == "moderation_details" } ?? [:]))
    }

    private static let failed: Set<String> = [
        "failed", "failure", "error", "errored", "cancelled", "canceled", "rejected", "moderated", "content moderated",
        "request moderated", "content_moderated", "request_moderated", "nsfw", "expired", "incomplete",
    ]
    private static let pending: Set<String> = [
        "submitted", "queued", "in_queue", "pending", "processing", "in_progress", "in-progress", "running", "starting",
        "started", "accepted", "created", "waiting", "generating", "not_start", "task_submitted",
    ]

    private var places: [JSONValue] {
        let inner = [value["data"], value["result"], value["output"], value["task"]].compactMap { $0 }
        return [value] + inner.flatMap { $0.arrayValue ?? [$0] }.filter { $0.objectValue != nil }
    }

    private func statuses(_ place: JSONValue) -> [String] {
        ["status", "state", "task_status"].compactMap { place[$0]?.stringValue?.lowercased() }
    }

    /// A status that says that there will be no image.
    private var failure: ImagesAPIError? {
        if value["success"]?.boolValue == false { return explained("the server reports no success") }
        for place in places {
            guard let status = statuses(place).first(where: Self.failed.contains) else { continue }
            if status.contains("moderat") || status == "nsfw" { return blocked("the content filter refused the image") }
            return explained("the server reports the status \(status)")
        }
        return nil
    }

    /// A code or message without an image beside it is an error, unless it says that all is well.
    private var explanation: ImagesAPIError? {
        guard let api = ImagesAPIError.ErrorObject(response: value) else { return nil }
        let fine: Set<String> = ["0", "200", "ok", "success", "succeeded", "completed"]
        let isFine = api.code.map { fine.contains($0.lowercased()) } ?? fine.contains(api.message.lowercased())
        return isFine ? nil : error(api)
    }

    private func explained(_ otherwise: String) -> ImagesAPIError {
        error(ImagesAPIError.ErrorObject(response: value) ?? ImagesAPIError.ErrorObject(message: otherwise))
    }

    /// The server has accepted a job whose result must be asked for.
    private var acceptance: ImagesAPIError? {
        var facts: [String: String] = [:]
        var isPending = head.status == 202
        for place in places {
            let status = statuses(place).first
            if let status, Self.pending.contains(status) { isPending = true }
            let names = ["polling_url", "status_url", "response_url", "task_url"]
            if facts["url"] == nil, let url = names.lazy.compactMap({ place[$0]?.plainText }).first {
                facts["url"] = SanitizedText.sanitized(url, limit: 2_048)
                isPending = isPending || status == nil
            }
            let ids = ["task_id", "taskId", "request_id", "job_id", "prediction_id", "id"]
            if facts["id"] == nil,
                let (name, id) = ids.lazy.compactMap({ name in place[name]?.plainText.map { (name, $0) } }).first
            {
                facts["id"] = SanitizedText.sanitized(id, limit: 512)
                if name.hasPrefix("task"), status == nil { isPending = true }
            }
            if facts["state"] == nil, let status { facts["state"] = SanitizedText.sanitized(status, limit: 64) }
        }
        guard isPending else { return nil }
        let job = facts["id"].map { " as \($0)" } ?? ""
        let place = facts["url"].map { "; ask for it at \($0)" } ?? ""
        return error(
            .accepted, "The server accepted the request\(job) and has not finished it\(place). Do not send it again.",
            facts: facts)
    }

    private func error(_ api: ImagesAPIError.ErrorObject) -> ImagesAPIError {
        let code = HTTPErrors.code(status: 200, api: api)
        return error(
            code == .httpError ? .serverError : code,
            "The server responded with an error: \(SanitizedText.sanitized(api.message)).", api: api)
    }

    private func error(
        _ code: ImagesAPIError.Code, _ message: String, api: ImagesAPIError.ErrorObject? = nil,
        facts: [String: String] = [:]
    ) -> ImagesAPIError {
        var error = ImagesAPIError(
            code, message, status: head.status, requestID: head.requestID, apiError: api, mayHaveBeenBilled: true,
            facts: facts)
        error.reportedCost = ReportedCost.dollars(value, head: head)
        return error
    }
}

/// Finds the addresses of images in a document that has no image itself.
enum ResponseURLs {
    private static let keys: Set<String> = [
        "url", "image_url", "imageurl", "image", "sample", "output", "uri", "signed_url", "download_url", "result_url",
        "output_url",
    ]
    private static let lists: Set<String> = [
        "data", "images", "output", "outputs", "urls", "image_urls", "result", "results", "artifacts", "image",
    ]
    private static let excluded: Set<String> = [
        "error", "errors", "detail", "request", "input", "inputs", "parameters", "params", "metadata", "preview",
        "thumbnail", "mask", "urls_expire", "links",
    ]

    /// - Returns: the addresses in the order of the document, as far as it has one: members come in the order of names.
    static func all(in value: JSONValue) -> [String] {
        var found: [String] = []
        search(value, key: nil, list: nil, depth: 0, into: &found)
        return found
    }

    private static func search(
        _ value: JSONValue, key: String?, list: String?, depth: Int, into found: inout [String]
    ) {
        guard depth < 16, found.count < 64 else { return }
        switch value {
        case .string(let text):
            let isPlace = key.map(keys.contains) ?? list.map(lists.contains) ?? false
            if isPlace, isAddress(text, mayBeRelative: key == "url"), !found.contains(text) { found.append(text) }
        case .array(let elements):
            for element in elements { search(element, key: nil, list: key ?? list, depth: depth + 1, into: &found) }
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) where !excluded.contains(name.lowercased()) {
                search(member, key: name.lowercased(), list: nil, depth: depth + 1, into: &found)
            }
        default: break
        }
    }

    private static func isAddress(_ text: String, mayBeRelative: Bool) -> Bool {
        if text.hasPrefix("https://") || text.hasPrefix("http://") { return true }
        return mayBeRelative && text.hasPrefix("/") && !text.hasPrefix("//")
    }
}
