extension ResponseShapes {
    /// Errors, with a status of their own or with that of a success, and a success that looks like an error.
    enum Refusal: String, CaseIterable {
        case string = "error-string"
        case xAI = "error-xai"
        case stableDiffusionCPP = "error-sdcpp-500"
        case list = "error-list"
        case fastAPIText = "error-fastapi-str"
        case fastAPIList = "error-fastapi-list"
        case vllm = "error-vllm"
        case azureFilter = "error-azure-filter"
        case azureInnerError = "error-azure-filter2"
        case azureGateway = "error-azure-gateway"
        case googleQuota = "error-google-quota"
        case openRouter = "error-openrouter-402"
        case liteLLMBudget = "error-litellm-budget"
        case newAPIQuota = "error-newapi-quota"
        case shortMessage = "error-msg"
        case text = "error-text"
        case withSuccess = "error-200"
        case moderationWithSuccess = "error-200-moderation"
        case textWithSuccess = "error-200-string"
        case codeZero = "error-200-code0"
    }

    func response(_ shape: Refusal) -> HTTPResponse {
        switch shape {
        case .string: return json(.object(["error": .string("prompt required")]), status: 400)
        case .xAI:
            return json(
                .object([
                    "code": .string("Client specified an invalid argument"), "error": .string("Unknown model: x"),
                ]), status: 400)
        case .stableDiffusionCPP:
            return json(
                .object(["error": .string("server_error"), "message": .string("vector::_M_range_check")]), status: 500)
        case .list:
            return json(
                .object([
                    "error": .array([.object(["message": .string("size is wrong"), "code": .integer(400)])])
                ]), status: 400)
        case .fastAPIText:
            return json(
                .object([
                    "detail": .string("Model mismatch: request specifies 'a' but server is running 'b'.")
                ]), status: 400)
        case .fastAPIList:
            return json(
                .object([
                    "detail": .array([
                        .object([
                            "type": .string("missing"), "loc": .array([.string("body"), .string("prompt")]),
                            "msg": .string("Field required"),
                        ])
                    ])
                ]), status: 422)
        case .vllm:
            return json(
                .object([
                    "object": .string("error"), "message": .string("bad size"), "type": .string("BadRequestError"),
                    "param": .null, "code": .integer(400),
                ]), status: 400)
        case .azureFilter:
            return error([
                "code": .string("contentFilter"),
                "message": .string("Your task failed as a result of our safety system."),
                "innererror": .object(["code": .string("ResponsibleAIPolicyViolation")]),
            ])
        case .azureInnerError:
            return error([
                "code": .string("content_policy_violation"), "message": .string("rejected"), "param": .null,
                "type": .string("invalid_request_error"),
                "inner_error": .object([
                    "code": .string("ResponsibleAIPolicyViolation"), "content_filter_results": .object([:]),
                ]),
            ])
        case .azureGateway:
            return json(
                .object(["statusCode": .integer(429), "message": .string("Rate limit is exceeded.")]), status: 429)
        case .googleQuota:
            return json(
                .array([
                    .object([
                        "error": .object([
                            "code": .integer(429), "message": .string("You exceeded your current quota"),
                            "status": .string("RESOURCE_EXHAUSTED"),
                        ])
                    ])
                ]), status: 429)
        case .openRouter:
            return error(["code": .integer(402), "message": .string("Insufficient credits")], status: 402)
        case .liteLLMBudget:
            return error([
                "message": .string("Budget has been exceeded! Current cost: 1, Max budget: 1"),
                "type": .string("budget_exceeded"), "param": .null, "code": .string("400"),
            ])
        case .newAPIQuota:
            return error(
                ["code": .string("insufficient_user_quota"), "message": .string("quota is not enough")], status: 403)
        case .shortMessage:
            return json(.object(["code": .integer(1_001), "msg": .string("no balance")]), status: 400)
        case .text: return text("upstream connect error", status: 502, type: "text/plain")
        case .withSuccess:
            return error(
                [
                    "message": .string("upstream failed"), "type": .string("upstream_error"),
                    "code": .string("bad_response"),
                ], status: 200)
        case .moderationWithSuccess:
            return error(
                [
                    "message": .string("blocked"), "type": .string("image_generation_user_error"),
                    "code": .string("moderation_blocked"),
                ], status: 200)
        case .textWithSuccess: return json(.object(["error": .string("upstream failed")]))
        case .codeZero:
            return json(
                .object([
                    "code": .integer(0), "message": .string("success"), "data": .array([.object(image)]),
                ]))
        }
    }

    private func error(_ members: [String: RequestValue], status: Int = 400) -> HTTPResponse {
        json(.object(["error": .object(members)]), status: status)
    }
}
