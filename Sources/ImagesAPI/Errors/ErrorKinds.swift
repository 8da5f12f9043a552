/// Tells from an error's code, type and text whether it is a matter of content or of money, whatever its status.
///
/// Codes are compared by their letters and digits, since servers write them in every style.
enum ErrorKinds {
    private static let quotaCodes: Set<String> = [
        "insufficientquota", "billinghardlimitreached", "billingnotactive", "organizationspendlimitexceeded",
        "organizationusagelimitexceeded", "projectspendlimitexceeded", "insufficientuserquota",
        "preconsumetokenquotafailed", "budgetexceeded", "insufficientbalance", "insufficientcredit",
        "insufficientcredits",
        "insufficientfunds", "paymentrequired", "quotaexceeded", "exceededcurrentquotaerror", "quotaexhausted",
        "outofcredits", "creditlimit", "creditlimitexceeded", "billinglimitusererror", "accountoverdueerror",
        "arrearage",
    ]
    private static let quotaTexts = [
        "no balance", "insufficient balance", "insufficient credit", "insufficient fund", "insufficient quota",
        "insufficient_user_quota", "insufficient_quota", "exceeded your current quota", "budget has been exceeded",
        "budget_exceeded", "exceededbudget", "over budget", "quota is not enough", "not enough credit",
        "not enough balance", "not enough quota", "balance is not enough", "out of credits", "have any credits",
        "used all available credits", "spending limit", "key limit exceeded", "exhausted balance",
        "top up your balance",
        "overdue balance", "billing hard limit", "余额不足", "额度不足", "额度已用尽", "欠费",
    ]
    private static let moderationCodes: Set<String> = [
        "moderationblocked", "contentpolicyviolation", "imagecontentpolicyviolation", "contentfilter",
        "contentfiltered", "contentmoderated", "contentmoderation", "requestmoderated", "responsibleaipolicyviolation",
        "datainspectionfailed", "contentblocked", "promptblocked", "prohibitedcontent", "imageprohibitedcontent",
        "safety", "imagesafety", "nsfw", "nsfwcontent", "nsfwcontentdetected", "sensitivewordsdetected", "blocklist",
    ]
    /// What is in codes that name the input or output as well.
    private static let moderationCodeParts = ["sensitivecontentdetected", "policyviolation"]
    private static let moderationTexts = [
        "moderation_blocked", "content_policy_violation", "contentpolicyviolation", "responsibleaipolicyviolation",
        "contentfilter", "content_filter", "safety system", "content moderated", "request moderated", "new_sensitive",
    ]
    /// A sentence is about moderation if it has one of both, so that neither a parameter's name nor a failed service is.
    private static let moderationSubjects = [
        "content moderation", "moderation system", "safety filter", "content policy", "content policies",
        "usage policies",
        "responsible ai", "nsfw", "inappropriate content", "sensitive content", "sensitive words", "content checker",
        "unsafe content",
    ]
    private static let moderationVerbs = ["reject", "flagged", "blocked", "refused", "filtered", "violat", "detected"]

    /// Characters of a message that are searched: an error says at its beginning what it is.
    private static let maxSearched = 4_096

    /// Whether the content filter of a server refused the request.
    static func isModeration(_ api: ImagesAPIError.ErrorObject) -> Bool {
        if names(of: api).contains(where: isModeration(code:)) { return true }
        if api.extra["moderation_details"]?.objectValue != nil { return true }
        // OpenRouter says what it objected to.
        if api.extra["metadata"]?["flagged_input"] != nil { return true }
        if innerErrors(of: api).contains(where: ContentFilter.isFiltered) { return true }
        let message = api.message.prefix(maxSearched).lowercased()
        if moderationTexts.contains(where: { message.hasWord($0) }) || message.contains("敏感") { return true }
        return moderationSubjects.contains(where: message.contains)
            && moderationVerbs.contains(where: message.contains)
    }

    /// Whether a code, or a reason for which an image was not finished, is that of a content filter.
    static func isModeration(code: String) -> Bool {
        let letters = letters(of: code)
        return moderationCodes.contains(letters) || moderationCodeParts.contains(where: letters.contains)
    }

    /// Whether the account has no money or quota left, so that waiting does not help.
    static func isQuota(_ api: ImagesAPIError.ErrorObject?, status: Int, head: ResponseHead? = nil) -> Bool {
        if status == 402 { return true }
        guard let api else { return false }
        if names(of: api).contains(where: { quotaCodes.contains(letters(of: $0)) }) { return true }
        let message = api.message.prefix(maxSearched).lowercased()
        // With a time to wait it is a matter of speed, which Google also calls a quota.
        if status == 429 {
            let details = api.extra["details"]?.arrayValue ?? []
            let saysWhen = head?["retry-after"] != nil || message.contains("retry in")
            if saysWhen || details.contains(where: { $0["retryDelay"] != nil }) { return false }
        }
        return quotaTexts.contains(where: message.contains)
    }

    /// Code, type and the codes of inner errors.
    private static func names(of api: ImagesAPIError.ErrorObject) -> [String] {
        [api.code, api.type, api.extra["status"]?.stringValue].compactMap { $0 }
            + innerErrors(of: api).compactMap { $0["code"]?.stringValue }
    }

    /// Azure's inner errors, which may have inner ones themselves.
    private static func innerErrors(of api: ImagesAPIError.ErrorObject) -> [JSONValue] {
        var found: [JSONValue] = []
        var next = api.extra["inner_error"] ?? api.extra["innererror"]
        while let inner = next, found.count < 4 {
            found.append(inner)
            next = inner["inner_error"] ?? inner["innererror"]
        }
        return found
    }

    /// The letters and digits of a text, in lower case.
    static func letters(of text: String) -> String {
        text.lowercased().filter { $0.isLetter || $0.isNumber }
    }
}

extension String {
    /// Whether the text contains a word that does not go on before or behind it.
    fileprivate func hasWord(_ word: String) -> Bool {
        func isPart(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
        var rest = self[...]
        while let range = rest.firstRange(of: word) {
            let before = range.lowerBound == startIndex ? nil : self[index(before: range.lowerBound)]
            let after = range.upperBound == endIndex ? nil : self[range.upperBound]
            if before.map(isPart) != true, after.map(isPart) != true { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }
}
