/// Says why a successful response has no image: an error in it, a refusal by the content filter, a job that was accepted
/// and is not finished, or nothing at all.
struct ResponseProblem {
    let value: JSONValue
    let head: ResponseHead

    /// What speaks against taking anything in the document for a result, wherever it is; nil for nothing.
    var refusal: ImagesAPIError? { statedError ?? moderation ?? failure ?? (isPending ? acceptance : nil) }

    /// What the address or id of a job means in a document that has nothing where images are; nil without them.
    var job: ImagesAPIError? { isJob ? acceptance : nil }

    /// The error for a document without images.
    var noImages: ImagesAPIError {
        refusal ?? elementError ?? filtered ?? job ?? explanation ?? emptyURL
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

    /// The error of one of several images, where servers have one for each.
    private var elementError: ImagesAPIError? {
        let elements = value["data"]?.arrayValue ?? []
        let failed = elements.first { $0["error"].map(ImageStreamStateMachine.isTruthy) ?? false }
        return failed.flatMap { ImagesAPIError.ErrorObject(response: $0) }.map(error)
    }

    /// What a content filter says in place of the images.
    private var filtered: ImagesAPIError? { ContentFilter.refusal(in: value).map(blocked) }

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

    /// Statuses without blanks and signs, in lower case.
    private static let failed: Set<String> = [
        "failed", "failure", "error", "errored", "cancelled", "canceled", "rejected", "moderated", "contentmoderated",
        "requestmoderated", "nsfw", "expired", "incomplete",
    ]
    private static let pending: Set<String> = [
        "submitted", "queued", "inqueue", "pending", "processing", "inprogress", "running", "starting", "started",
        "accepted", "created", "waiting", "generating", "notstart", "notstarted", "notrunning", "tasksubmitted",
    ]

    private var places: [JSONValue] {
        let inner = [value["data"], value["result"], value["output"], value["task"]].compactMap { $0 }
        return [value] + inner.flatMap { $0.arrayValue ?? [$0] }.filter { $0.objectValue != nil }
    }

    private func statusTexts(_ place: JSONValue) -> [String] {
        ["status", "state", "task_status"].compactMap { place[$0]?.stringValue?.lowercased() }
    }

    private func statuses(_ place: JSONValue) -> [String] { statusTexts(place).map(ErrorKinds.letters) }

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

    private static let addressNames = ["polling_url", "status_url", "response_url", "task_url"]
    private static let idNames = ["task_id", "taskId", "job_id", "prediction_id", "id", "request_id"]

    private var isPending: Bool {
        head.status == 202 || places.contains { statuses($0).contains(where: Self.pending.contains) }
    }

    private var isJob: Bool {
        let hasStatus = places.contains { !statuses($0).isEmpty }
        return !hasStatus && (jobAddress != nil || named(Self.idNames)?.name.hasPrefix("task") == true)
    }

    /// Azure and others have the address in the head, Replicate among further ones.
    private var jobAddress: String? {
        let inHead = head.status == 202 ? head["operation-location"] ?? head["location"] : nil
        return named(Self.addressNames)?.text ?? value["urls"]?["get"]?.plainText ?? inHead
    }

    /// The server has accepted a job whose result must be asked for.
    private var acceptance: ImagesAPIError {
        let status = places.lazy.compactMap { statusTexts($0).first }.first
        var facts: [String: String] = [:]
        facts["id"] = named(Self.idNames).map { SanitizedText.sanitized($0.text, limit: 512) }
        facts["url"] = jobAddress.map { SanitizedText.sanitized($0, limit: 2_048) }
        facts["state"] = status.map { SanitizedText.sanitized($0, limit: 64) }
        let job = facts["id"].map { " as \($0)" } ?? ""
        let place = facts["url"].map { "; ask for it at \($0)" } ?? ""
        return error(
            .accepted, "The server accepted the request\(job) and has not finished it\(place). Do not send it again.",
            facts: facts)
    }

    /// The first of these members that is anywhere, names before places.
    private func named(_ names: [String]) -> (name: String, text: String)? {
        for name in names {
            if let text = places.lazy.compactMap({ $0[name]?.plainText }).first { return (name, text) }
        }
        return nil
    }

    private func error(_ api: ImagesAPIError.ErrorObject) -> ImagesAPIError {
        error(
            HTTPErrors.code(inSuccess: api),
            "The server responded with an error: \(SanitizedText.sanitized(api.message)).", api: api)
    }

    private func error(
        _ code: ImagesAPIError.Code, _ message: String, api: ImagesAPIError.ErrorObject? = nil,
        facts: [String: String] = [:]
    ) -> ImagesAPIError {
        var error = ImagesAPIError(
            code, message, status: head.status, requestID: head.requestID ?? value.requestID, apiError: api,
            mayHaveBeenBilled: true,
            facts: facts)
        error.reportedCost = ReportedCost.dollars(value, head: head)
        return error
    }
}
