extension ServerRules {
    /// An error in the form of the imitated server.
    func response(to error: APIErrorResponse) -> HTTPResponse {
        switch server {
        case nil, .openAI, .generic, .together: return error.httpResponse()
        case .azure, .azureV1: return azure(error)
        case .liteLLM:
            let upstream = error.status == 401 ? "Authentication Error, \(error.message)" : litellmMessage(error)
            return json(
                error,
                .object([
                    "error": .object([
                        "message": .string(upstream), "type": .string(error.status == 401 ? "auth_error" : error.type),
                        "param": error.param.map(RequestValue.string) ?? .string("None"),
                        // A number as text.
                        "code": .string("\(error.status)"),
                    ])
                ]))
        case .localAI:
            return json(
                error,
                .object([
                    "error": .object([
                        "code": .integer(error.status), "message": .string(error.message), "type": .string(""),
                    ])
                ]))
        case .vllmOmni: return vllm(error)
        case .stableDiffusionCPP:
            guard error.status >= 500 else { return json(error, .object(["error": .string(error.message)])) }
            return json(
                error, .object(["error": .string("server_error"), "message": .string(error.message)]))
        case .xAI: return xAI(error)
        case .openRouter:
            return json(
                error,
                .object([
                    "error": .object(["message": .string(error.message), "code": .integer(error.status)])
                ]))
        case .gemini:
            let status =
                switch error.status {
                case 401: "UNAUTHENTICATED"
                case 404: "NOT_FOUND"
                case 429: "RESOURCE_EXHAUSTED"
                case 500...: "INTERNAL"
                default: "INVALID_ARGUMENT"
                }
            return json(
                error,
                .array([
                    .object([
                        "error": .object([
                            "code": .integer(error.status), "message": .string(error.message),
                            "status": .string(status),
                        ])
                    ])
                ]))
        }
    }

    private func json(_ error: APIErrorResponse, _ body: RequestValue, status: Int? = nil) -> HTTPResponse {
        HTTPResponse(
            status: status ?? error.status, headers: [("content-type", "application/json")] + error.headers,
            body: .data(body.serialized()))
    }

    private func litellmMessage(_ error: APIErrorResponse) -> String {
        let name = error.status >= 500 ? "InternalServerError" : "BadRequestError"
        return "litellm.\(name): OpenAIException - \(error.message)"
    }

    /// Errors of the gateway in front of Azure's servers have a form of their own.
    private func azure(_ error: APIErrorResponse) -> HTTPResponse {
        switch error.status {
        case 401:
            return json(
                error,
                .object([
                    "statusCode": .integer(401),
                    "message": .string(
                        "Access denied due to missing or invalid subscription key. Make sure to provide a valid key for an "
                            + "active subscription."),
                ]))
        case 404, 405:
            return json(
                error,
                .object(["error": .object(["code": .string("404"), "message": .string("Resource not found")])]),
                status: 404)
        default: return error.httpResponse()
        }
    }

    private func vllm(_ error: APIErrorResponse) -> HTTPResponse {
        switch (error.status, error.code) {
        case (401, _): return json(error, .object(["error": .string("Unauthorized")]))
        case (404, "model_not_found"?):
            return json(error, .object(["detail": .string(error.message)]), status: 400)
        case (404, _), (405, _):
            return json(error, .object(["detail": .string(error.status == 404 ? "Not Found" : "Method Not Allowed")]))
        case (_, "missing_required_parameter"?), (_, "extra_forbidden"?):
            let isMissing = error.code == "missing_required_parameter"
            return json(
                error,
                .object([
                    "detail": .array([
                        .object([
                            "type": .string(isMissing ? "missing" : "extra_forbidden"),
                            "loc": .array([.string("body"), .string(error.param ?? "")]),
                            "msg": .string(isMissing ? "Field required" : error.message),
                        ])
                    ])
                ]), status: 422)
        case (_, nil):
            return json(
                error,
                .object([
                    "object": .string("error"), "message": .string(error.message), "type": .string("BadRequestError"),
                    "param": error.param.map(RequestValue.string) ?? .null, "code": .integer(error.status),
                ]))
        default: return json(error, .object(["detail": .string(error.message)]), status: 400)
        }
    }

    private func xAI(_ error: APIErrorResponse) -> HTTPResponse {
        let code =
            switch error.status {
            case 401: "unauthenticated:bad-credentials"
            case 404: "Some requested entity was not found"
            case 422: "Failed to deserialize the JSON body into the target type"
            case 429: "Some resource has been exhausted"
            case 500...: "Internal error"
            default: "Client specified an invalid argument"
            }
        return json(error, .object(["code": .string(code), "error": .string(error.message)]))
    }
}
