/// Tells from an error's code, type and text whether it is a matter of content or of money, whatever its status.
enum ErrorKinds {
    private static let quotaCodes: Set<String> = [
        "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded", "project_spend_limit_exceeded", "insufficient_user_quota",
        "pre_consume_token_quota_failed", "budget_exceeded", "insufficient_balance", "insufficient_credits",
        "insufficient_funds", "payment_required", "quota_exceeded", "exceeded_current_quota_error",
    ]
    private static let quotaTexts = [
        "no balance", "insufficient balance", "insufficient credit", "insufficient fund", "insufficient quota",
        "insufficient_user_quota", "insufficient_quota", "exceeded your current quota", "budget has been exceeded",
        "budget_exceeded", "quota is not enough", "not enough credit", "not enough balance", "balance is not enough",
        "out of credits", "余额不足", "额度不足",
    ]
    private static let moderationCodes: Set<String> = [
        "moderation_blocked", "content_policy_violation", "image_content_policy_violation", "contentfilter",
        "content_filter", "content_filtered", "content_moderated", "request_moderated", "content moderated",
        "request moderated", "responsibleaipolicyviolation", "data_inspection_failed", "content_blocked",
    ]
    private static let moderationTexts = [
        "moderation_blocked", "content_policy_violation", "contentpolicyviolation", "responsibleaipolicyviolation",
        "contentfilter", "content_filter", "safety system", "content moderated", "request moderated",
    ]

    /// Whether the content filter of a server refused the request.
    static func isModeration(_ api: ImagesAPIError.ErrorObject) -> Bool {
        if names(of: api).contains(where: moderationCodes.contains) { return true }
        if api.extra["moderation_details"]?.objectValue != nil { return true }
        let message = api.message.lowercased()
        return moderationTexts.contains(where: message.contains)
    }

    /// Whether the account has no money or quota left, so that waiting does not help.
    static func isQuota(_ api: ImagesAPIError.ErrorObject?, status: Int, head: ResponseHead? = nil) -> Bool {
        if status == 402 { return true }
        guard let api else { return false }
        if names(of: api).contains(where: quotaCodes.contains) { return true }
        let message = api.message.lowercased()
        // With a time to wait it is a matter of speed, which Google also calls a quota.
        guard status != 429 || (head?["retry-after"] == nil && !message.contains("retry in")) else { return false }
        return quotaTexts.contains(where: message.contains)
    }

    /// Code, type and the codes of inner errors, in lower case.
    private static func names(of api: ImagesAPIError.ErrorObject) -> [String] {
        let inner = [api.extra["inner_error"], api.extra["innererror"]].compactMap { $0?["code"]?.stringValue }
        return ([api.code, api.type, api.extra["status"]?.stringValue].compactMap { $0 } + inner).map {
            $0.lowercased()
        }
    }
}
