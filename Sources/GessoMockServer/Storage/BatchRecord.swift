/// One batch and its state.
struct BatchRecord: Sendable {
    enum Status: String {
        case validating
        case failed
        case inProgress = "in_progress"
        case finalizing
        case completed
        case expired
        case cancelling
        case cancelled

        var isFinal: Bool { [.failed, .completed, .expired, .cancelled].contains(self) }
    }

    struct InputError: Sendable {
        var code: String
        var message: String
        var line: Int?
    }

    let id: String
    let endpoint: String
    let inputFile: String
    let metadata: [String: RequestValue]
    let outputLifetime: Int?
    let createdAt: Int
    private(set) var status = Status.validating
    private(set) var times: [String: Int] = [:]
    var inputErrors: [InputError] = []
    var total = 0
    var completed = 0
    var failed = 0
    var inputTokens = 0
    var outputTokens = 0
    var outputFile: String?
    var errorFile: String?

    /// Sets the status and its timestamp.
    mutating func move(to status: Status) {
        self.status = status
        if status != .validating { times["\(status.rawValue)_at"] = ObjectStore.now }
    }

    var json: RequestValue {
        var members: [String: RequestValue] = [
            "id": .string(id), "object": .string("batch"), "endpoint": .string(endpoint),
            "input_file_id": .string(inputFile), "completion_window": .string("24h"),
            "status": .string(status.rawValue), "created_at": .integer(createdAt),
            "expires_at": .integer(createdAt + 86_400),
            "request_counts": .object([
                "total": .integer(total), "completed": .integer(completed), "failed": .integer(failed),
            ]),
            "usage": .object([
                "input_tokens": .integer(inputTokens), "input_tokens_details": .object(["cached_tokens": .integer(0)]),
                "output_tokens": .integer(outputTokens),
                "output_tokens_details": .object(["reasoning_tokens": .integer(0)]),
                "total_tokens": .integer(inputTokens + outputTokens),
            ]),
        ]
        // Absent members are left out, because the schema does not allow null here.
        members["output_file_id"] = outputFile.map(RequestValue.string)
        members["error_file_id"] = errorFile.map(RequestValue.string)
        if !metadata.isEmpty { members["metadata"] = .object(metadata) }
        for (name, time) in times { members[name] = .integer(time) }
        if !inputErrors.isEmpty {
            members["errors"] = .object([
                "object": .string("list"),
                "data": .array(
                    inputErrors.map {
                        .object([
                            "code": .string($0.code), "message": .string($0.message), "param": .null,
                            "line": $0.line.map(RequestValue.integer) ?? .null,
                        ])
                    }),
            ])
        }
        return .object(members)
    }
}
