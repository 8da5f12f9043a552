import Foundation
import Testing

@testable import ImagesAPI

/// What servers and gateways have been seen to say, from their documentation and from issues of their users.
@Suite("Errors of other servers")
struct ServerErrorTests {
    struct Body: CustomTestStringConvertible, Sendable {
        let status: Int
        let text: String
        let code: ImagesAPIError.Code
        var testDescription: String { "\(status) \(text.prefix(80))" }

        init(_ status: Int, _ text: String, _ code: ImagesAPIError.Code) {
            (self.status, self.text, self.code) = (status, text, code)
        }
    }

    /// The error for a body with that status; for a success what the reader says.
    static func error(
        _ body: Body, headers: [(String, String)] = [("content-type", "application/json")]
    ) -> ImagesAPIError? {
        var head = ResponseHead(status: body.status)
        head.fields = headers
        let bytes = Array(body.text.utf8)
        guard !head.isSuccess else {
            var reader = ResponseReader(head: head, limits: ImagesClient.ResponseLimits(), expectedImages: 1)
            bytes.withUnsafeBytes { reader.take($0) }
            if case .failure(let error) = reader.finish(isWhole: true) { return error }
            return nil
        }
        var reader = ErrorBodyReader(limits: ImagesClient.ResponseLimits(), scrubber: SecretScrubber())
        _ = bytes.withUnsafeBytes { reader.take($0) }
        return HTTPErrors.error(head, body: reader, after: TransferEnding(outcome: .complete))
    }

    static let moderated: [Body] = [
        // Codes in other spellings and other places
        Body(400, #"{"error":{"code":"content-policy-violation","message":"no"}}"#, .moderationBlocked),
        Body(
            400, #"{"code":"DataInspectionFailed","message":"Output data may contain inappropriate content."}"#,
            .moderationBlocked),
        Body(
            400, #"{"error":{"code":"OutputImageSensitiveContentDetected","message":"The request failed"}}"#,
            .moderationBlocked),
        Body(
            400, #"{"error":{"code":"InputTextSensitiveContentDetected.PolicyViolation","message":"no"}}"#,
            .moderationBlocked),
        Body(
            422, #"{"error":{"code":"nsfw_content","message":"NSFW content detected","param":"prompt"}}"#,
            .moderationBlocked),
        Body(
            400, #"{"error":{"code":"sensitive_words_detected","message":"user sensitive words detected"}}"#,
            .moderationBlocked),
        Body(400, #"{"error":{"code":"prompt_blocked","message":"no"}}"#, .moderationBlocked),
        Body(
            403,
            #"{"id":"a","name":"content_moderation","errors":["Your request was flagged by our content moderation system"]}"#,
            .moderationBlocked),
        Body(
            422,
            #"{"detail":[{"loc":["body","prompt"],"msg":"The content could not be processed","type":"content_policy_violation"}]}"#,
            .moderationBlocked),
        // Inside of something else
        Body(
            400,
            #"{"error":{"code":"BadRequest","message":"no","innererror":{"code":"x","innererror":{"code":"ResponsibleAIPolicyViolation"}}}}"#,
            .moderationBlocked),
        Body(
            400,
            #"{"error":{"code":"400","message":"no","innererror":{"content_filter_result":{"jailbreak":{"filtered":true,"detected":true}}}}}"#,
            .moderationBlocked),
        Body(
            400,
            #"{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"code\":\"moderation_blocked\",\"message\":\"no\"}}","provider_name":"OpenAI"}}}"#,
            .moderationBlocked),
        Body(
            403,
            #"{"error":{"code":403,"message":"Your input was flagged","metadata":{"reasons":["violence"],"flagged_input":"a"}}}"#,
            .moderationBlocked),
        Body(400, #"{"error":{"message":{"code":"content_policy_violation","message":"no"}}}"#, .moderationBlocked),
        Body(400, #"{"error":"{\"error\":{\"code\":\"moderation_blocked\",\"message\":\"no\"}}"}"#, .moderationBlocked),
        Body(
            500,
            #"{"error":{"message":"Error code: 400 - {'error': {'code': 'moderation_blocked', 'message': 'no'}}"}}"#,
            .moderationBlocked),
        // Sentences
        Body(
            400,
            #"{"code":"Client specified an invalid argument","error":"Generated image rejected by content moderation."}"#,
            .moderationBlocked),
        Body(
            422, #"{"detail":"NSFW content detected. Try running it again, or try a different prompt."}"#,
            .moderationBlocked),
        Body(
            400,
            #"{"error":{"code":400,"message":"The prompt contains words that violate Google's Responsible AI practices.","status":"INVALID_ARGUMENT"}}"#,
            .moderationBlocked),
        Body(400, #"{"error":{"code":"1301","message":"系统检测到输入或生成内容可能包含不安全或敏感内容"}}"#, .moderationBlocked),
        // With the status of a success
        Body(200, #"{"data":[],"promptFeedback":{"blockReason":"SAFETY"}}"#, .moderationBlocked),
        Body(200, #"{"candidates":[{"finishReason":"IMAGE_SAFETY"}]}"#, .moderationBlocked),
        Body(200, #"{"created":1,"data":[{"b64_json":null,"finish_reason":"content_filter"}]}"#, .moderationBlocked),
        Body(
            200, #"{"data":[{"b64_json":"","content_filter_results":{"sexual":{"filtered":true,"severity":"high"}}}]}"#,
            .moderationBlocked),
        Body(200, #"{"predictions":[{"raiFilteredReason":"filtered"}]}"#, .moderationBlocked),
        Body(
            200, #"{"data":[{"error":{"code":"OutputImageSensitiveContentDetected","message":"no"}}]}"#,
            .moderationBlocked),
        Body(
            200,
            #"{"id":"a","status":"Request Moderated","result":null,"details":{"Moderation Reasons":["Safety Filter"]}}"#,
            .moderationBlocked),
        Body(200, #"{"status":"failed","error":"NSFW content detected"}"#, .moderationBlocked),
        Body(
            200, #"{"base_resp":{"status_code":1026,"status_msg":"input new_sensitive"},"data":null}"#,
            .moderationBlocked),
        Body(
            200,
            #"{"object":"response","status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"I cannot help."}]}]}"#,
            .moderationBlocked),
        Body(
            200,
            "data: {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"content_policy_violation\",\"message\":\"no\"}}}\n\n",
            .moderationBlocked),
        Body(
            200, "data: {\"type\":\"image_generation.failed\",\"error\":{\"code\":\"moderation_blocked\"}}\n\n",
            .moderationBlocked),
    ]

    static let withoutMoney: [Body] = [
        Body(
            403,
            #"{"code":"The caller does not have permission to execute the specified operation","error":"Your newly created team doesn't have any credits yet."}"#,
            .quotaExceeded),
        Body(
            429,
            #"{"code":"Some resource has been exhausted","error":"Your team has either used all available credits or reached its monthly spending limit."}"#,
            .quotaExceeded),
        Body(
            403, #"{"error":{"message":"Key limit exceeded (monthly limit). Manage it at the settings.","code":403}}"#,
            .quotaExceeded),
        Body(403, #"{"detail":"User is locked. Reason: Exhausted balance. Top up your balance."}"#, .quotaExceeded),
        Body(
            400,
            #"{"error":{"message":"ExceededBudget: User=a over budget. Spend=2, Budget=1","type":"None","code":"400"}}"#,
            .quotaExceeded),
        Body(
            400,
            #"{"error":{"message":"litellm.BadRequestError: {\"error\":{\"code\":\"billing_hard_limit_reached\",\"message\":\"no\"}}","code":"400"}}"#,
            .quotaExceeded),
        Body(
            400, #"{"error":{"type":"billing_limit_user_error","message":"Billing hard limit has been reached."}}"#,
            .quotaExceeded),
        Body(401, #"{"error":{"message":"该令牌额度已用尽","type":"new_api_error"}}"#, .quotaExceeded),
        Body(
            403,
            #"{"error":{"code":"AccountOverdueError","message":"The request failed because your account has an overdue balance."}}"#,
            .quotaExceeded),
        Body(
            400, #"{"code":"Arrearage","message":"Access denied, please make sure your account is in good standing."}"#,
            .quotaExceeded),
        Body(429, #"{"error":{"code":"insufficient-quota","message":"no"}}"#, .quotaExceeded),
        Body(
            400,
            #"{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"no\"}}"}}}"#,
            .quotaExceeded),
        Body(
            200, #"{"base_resp":{"status_code":1008,"status_msg":"insufficient balance"},"data":null}"#, .quotaExceeded),
        Body(200, #"{"success":false,"message":"Not enough credits"}"#, .quotaExceeded),
        // A matter of speed
        Body(
            429,
            #"[{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 35s.","status":"RESOURCE_EXHAUSTED"}}]"#,
            .rateLimited),
        Body(
            429,
            #"[{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"35s"}]}}]"#,
            .rateLimited),
        Body(
            429,
            #"{"error":{"code":"rate_limit_exceeded","message":"Requests to this deployment have exceeded the limit."}}"#,
            .rateLimited),
    ]

    /// Words that also stand in errors of other kinds.
    static let others: [Body] = [
        Body(
            400, #"{"error":{"code":"invalid_value","message":"moderation must be low or auto","param":"moderation"}}"#,
            .badRequest),
        Body(
            400, #"{"error":{"code":"invalid_value","message":"Unknown value for content_filter_level"}}"#, .badRequest),
        Body(400, #"{"error":{"message":"The image is sensitive to size: use 1024x1024"}}"#, .badRequest),
        Body(400, #"{"error":{"code":"invalid_image","message":"no","details":{"safety_tolerance":2}}}"#, .badRequest),
        Body(500, #"{"error":{"message":"balance of channels failed"}}"#, .serverError),
        Body(
            401, #"{"error":{"message":"No credit for a missing key: give one","code":"invalid_api_key"}}"#,
            .authenticationFailed),
        Body(
            200, #"{"data":[],"content_filter_results":{"sexual":{"filtered":false,"severity":"safe"}}}"#,
            .emptyResponse),
    ]

    @Test("Moderation is found wherever it hides", arguments: moderated)
    func moderation(body: Body) throws {
        let error = try #require(Self.error(body))
        #expect(error.code == body.code && !error.isRetryable, "\(error)")
        #expect(error.mayHaveBeenBilled == (body.status == 200))
    }

    @Test("An account without money or quota is not asked again", arguments: withoutMoney)
    func quota(body: Body) throws {
        let error = try #require(Self.error(body))
        #expect(error.code == body.code, "\(error)")
        #expect(error.isRetryable == (body.code == .rateLimited))
    }

    @Test("Other errors that use the same words are what they are", arguments: others)
    func similar(body: Body) { #expect(Self.error(body)?.code == body.code) }

    @Test(
        "The sentence of an error is found under other names and at other depths",
        arguments: [
            (#"{"Message":"bad size"}"#, "bad size"), (#"{"error":{"Message":"bad size","Code":"x"}}"#, "bad size"),
            (#"{"error_msg":"bad size","error_code":18}"#, "bad size"),
            (#"{"errmsg":"bad size","errcode":1}"#, "bad size"),
            (#"{"error_message":"bad size"}"#, "bad size"), (#"{"errorMessage":"bad size"}"#, "bad size"),
            (#"{"base_resp":{"status_code":2013,"status_msg":"bad size"}}"#, "bad size"),
            (#"{"fault":{"faultstring":"bad size","detail":{"errorcode":"steps.Failed"}}}"#, "bad size"),
            (#"{"errors":{"size":["bad size"]}}"#, "size: bad size"), (#"{"errors":["bad size","bad n"]}"#, "bad size"),
            (#"{"error":{"errors":[{"message":"bad size","reason":"invalid"}]}}"#, "bad size"),
            (#"{"error":{"detail":{"message":"bad size"}}}"#, "bad size"), (#"["bad size"]"#, "bad size"),
            (#"{"error":{"message":{"message":"bad size","code":"x"}}}"#, "bad size"),
            (#"{"error":{"message":"","msg":"bad size"}}"#, "bad size"),
            (
                #"{"error":{"code":400,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"bad size\"}}"}}}"#,
                "bad size"
            ),
            (#""bad size""#, "bad size"), ("bad size", "bad size"), (#"{"unknown":"bad size"}"#, "bad size"),
            (#"{"type":"about:blank","title":"Bad Request","detail":"bad size","status":400}"#, "bad size"),
        ])
    func sentences(text: String, sentence: String) throws {
        let error = try #require(Self.error(Body(400, text, .badRequest)))
        #expect(error.code == .badRequest && error.message.contains(sentence), "\(error.message)")
    }

    @Test(
        "The request's id is found in the head and, without one there, in the body",
        arguments: [
            ([("x-request-id", "id-1")], "{}"), ([("X-Amzn-RequestId", "id-1")], "{}"),
            ([("x-fal-request-id", "id-1")], "{}"),
            ([("x-tt-logid", "id-1")], "{}"), ([("x-dashscope-request-id", "id-1")], "{}"),
            ([("x-trace-id", "id-1")], "{}"),
            ([], #"{"request_id":"id-1","code":"x","message":"m"}"#),
            ([], #"{"error":{"message":"m","request_id":"id-1"}}"#),
            ([], #"{"requestId":"id-1","message":"m"}"#), ([], #"{"error":{"message":"m (request id: id-1)"}}"#),
            ([("x-request-id", "id-1")], #"{"request_id":"other","message":"m"}"#),
        ] as [([(String, String)], String)])
    func requestIDs(headers: [(String, String)], text: String) throws {
        for status in [400, 200] {
            let error = try #require(Self.error(Body(status, text, .badRequest), headers: headers))
            #expect(error.requestID == "id-1", "\(status)")
        }
    }

    @Test("A success has the request's id of its body, too")
    func requestIDOfSuccess() throws {
        let text = #"{"request_id":"id-1","data":[{"b64_json":"\#(Samples.png.base64EncodedString())"}]}"#
        #expect(try ImagesResponse(saved: Data(text.utf8)).requestID == "id-1")
    }

    @Test(
        "A job that goes on is accepted, with its id and address",
        arguments: [
            (202, #"{"output":{"task_status":"PENDING","task_id":"t1"},"request_id":"r1"}"#, [], "t1", nil),
            (200, #"{"data":{"task_id":"t1","status":"PENDING"}}"#, [], "t1", nil),
            (
                201,
                #"{"id":"t1","status":"starting","output":null,"error":null,"urls":{"get":"https://a.example/t1","cancel":"https://a.example/c"}}"#,
                [], "t1", "https://a.example/t1"
            ),
            (
                202, #"{"id":"t1","status":"notRunning"}"#, [("Operation-Location", "https://a.example/t1")], "t1",
                "https://a.example/t1"
            ),
            (202, "", [("Location", "https://a.example/t1")], nil, "https://a.example/t1"),
            (200, #"{"code":"success","data":{"task_id":"t1"}}"#, [], "t1", nil),
            (200, #"{"taskId":"t1","state":"in-queue"}"#, [], "t1", nil),
        ] as [(Int, String, [(String, String)], String?, String?)])
    func accepted(status: Int, text: String, headers: [(String, String)], id: String?, url: String?) throws {
        let error = try #require(Self.error(Body(status, text, .accepted), headers: headers))
        #expect(error.code == .accepted && error.mayHaveBeenBilled, "\(error)")
        #expect(error.facts["id"] == id && error.facts["url"] == url)
    }

    @Test(
        "Cost is taken where a server states it in dollars",
        arguments: [
            (#""usage":{"cost":0.04}"#, [], 0.04), (#""usage":{"cost":"0.04"}"#, [], 0.04),
            (#""usage":{"total_cost":0.04}"#, [], 0.04),
            (#""inference_status":{"cost":0.04,"status":"succeeded"}"#, [], 0.04),
            (#""usage":{"cost_in_usd_ticks":400000000}"#, [], 0.04), (#""cost_in_usd_ticks":"400000000""#, [], 0.04),
            ("\"usage\":null", [("x-litellm-response-cost", "0.04")], 0.04),
            // Credits, or no amount
            (#""cost":4"#, [], nil), (#""usage":{"cost":-1}"#, [], nil), (#""usage":{"cost":"much"}"#, [], nil),
            (#""usage":{"cost":null}"#, [("x-litellm-response-cost", "None")], nil),
        ] as [(String, [(String, String)], Double?)])
    func costs(member: String, headers: [(String, String)], dollars: Double?) throws {
        var head = ResponseHead(status: 200)
        head.fields = headers
        let text = #"{"data":[{"b64_json":"\#(Samples.png.base64EncodedString())"}],\#(member)}"#
        var reader = ResponseReader(head: head, limits: ImagesClient.ResponseLimits(), expectedImages: 1)
        Array(text.utf8).withUnsafeBytes { reader.take($0) }
        #expect(try reader.finish(isWhole: true).get().reportedCost == dollars)
    }

    @Test(
        "A count of tokens that is not stated is nil, never 0",
        arguments: [
            (#"{"input_tokens":50,"output_tokens":0,"total_tokens":50}"#, [50, nil, 50]),
            (#"{"input_tokens":0,"output_tokens":0,"total_tokens":100}"#, [nil, nil, 100]),
            (#"{"output_tokens":4096,"total_tokens":4096}"#, [nil, 4096, 4096]),
            (#"{"promptTokenCount":9,"candidatesTokenCount":1290,"totalTokenCount":1299}"#, [9, 1290, 1299]),
            (#"{"prompt_tokens":9,"completion_tokens":1290}"#, [9, 1290, 1299]),
            (#"{"input_tokens":"9","output_tokens":"1290"}"#, [9, 1290, 1299]),
            (#"{"input_tokens":0,"prompt_tokens":100,"output_tokens":0,"completion_tokens":7}"#, [100, 7, 107]),
        ] as [(String, [Int?])])
    func unknownCounts(text: String, counts: [Int?]) throws {
        let usage = try #require(Usage(try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))))
        #expect([usage.inputTokens, usage.outputTokens, usage.totalTokens] == counts)
    }

    @Test("A usage that is null does not hide one with another name")
    func nullUsage() throws {
        let text = #"{"usage":null,"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":1290}}"#
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(Usage(ofResponse: value)?.totalTokens == 1_299)
    }

    @Test(
        "Costs of images are added if all of them or a single one is stated; otherwise the head's counts",
        arguments: [
            ([0.25, 0.5], 0.75), ([nil, 0.5], 0.5), ([0.25, nil, nil], 0.25), ([0.25, 0.5, nil], 2), ([nil, nil], 2),
        ] as [([Double?], Double)])
    func costsOfImages(stated: [Double?], dollars: Double) throws {
        var head = ResponseHead(status: 200)
        head.fields = [("x-litellm-response-cost", "2")]
        let image = Samples.png.base64EncodedString()
        let text = stated.map { cost in
            let usage = cost.map { #"{"cost":\#($0)}"# } ?? "null"
            return #"data: {"type":"image_generation.completed","b64_json":"\#(image)","usage":\#(usage)}"# + "\n\n"
        }
        var reader = ResponseReader(head: head, limits: ImagesClient.ResponseLimits(), expectedImages: nil)
        Array(text.joined().utf8).withUnsafeBytes { reader.take($0) }
        let response = try reader.finish(isWhole: true).get()
        #expect(response.images.count == stated.count && response.reportedCost == dollars)
    }
}
