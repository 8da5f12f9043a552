extension ModelProfile.Catalog {
    /// - Throws: `invalidConfiguration` that names the first model with an invalid field.
    func check() throws(ImagesAPIError) {
        for profile in models {
            guard let invalidField = profile.invalidField else { continue }
            let name = SanitizedText.sanitized(profile.model.rawValue, limit: 64)
            throw ImagesAPIError(
                .invalidConfiguration,
                "The model table is not valid: \(name): \(invalidField.field) \(invalidField.problem).",
                facts: ["model": name, "field": invalidField.field])
        }
    }
}

extension ModelProfile {
    /// The first invalid field, and what is wrong with it.
    fileprivate var invalidField: (field: String, problem: String)? {
        let counts: [(String, Int, ClosedRange<Int>)] = [
            ("maxImages", maxImages, 0...10_000), ("maxOutputImages", maxOutputImages, 1...10_000),
            ("maxPromptCharacters", maxPromptCharacters, 1...1_000_000_000),
            ("maxImageBytes", maxImageBytes, 1...1_000_000_000_000),
            ("maxMaskBytes", maxMaskBytes, 1...1_000_000_000_000),
        ]
        for (field, value, range) in counts where !range.contains(value) { return (field, Self.outside(value, range)) }
        let ownDays = (shutdowns ?? [:]).sorted { $0.key < $1.key }.map { ("shutdowns", Optional($0.value)) }
        for (field, day) in [("released", released), ("deprecated", deprecated), ("shutdown", shutdown)] + ownDays {
            if let day, CalendarDay(day) == nil {
                return (field, "is not a day of the form YYYY-MM-DD (\(SanitizedText.sanitized(day, limit: 32)))")
            }
        }
        if model.rawValue.isEmpty { return ("model", "is empty") }
        return sizes.invalidField ?? outputTokens.invalidField ?? prices?.invalidField
    }

    fileprivate static func outside<Value>(_ value: Value, _ range: ClosedRange<Value>) -> String {
        "is \(value); it must be between \(range.lowerBound) and \(range.upperBound)"
    }
}

extension ModelProfile.Sizes {
    /// The accepted lengths of an edge.
    private static let edges = 1...1 << 16

    fileprivate var invalidField: (field: String, problem: String)? {
        switch self {
        case .fixed(let sizes):
            let wrong = sizes.first { size in
                ![size.width, size.height].allSatisfy { $0.map(Self.edges.contains) == true }
            }
            return wrong.map { size in
                let shown = SanitizedText.sanitized(size.rawValue, limit: 32)
                return ("sizes.fixed", "holds \(shown); sizes are WIDTHxHEIGHT in pixels")
            }
        case .free(let rule):
            if !Self.edges.contains(rule.maxEdge) {
                return ("sizes.free.maxEdge", ModelProfile.outside(rule.maxEdge, Self.edges))
            }
            if !(1...rule.maxEdge).contains(rule.multipleOf) {
                return ("sizes.free.multipleOf", ModelProfile.outside(rule.multipleOf, 1...rule.maxEdge))
            }
            if !(1...1_000).contains(rule.maxRatio) {
                return ("sizes.free.maxRatio", ModelProfile.outside(rule.maxRatio, 1...1_000))
            }
            if !(0...1 << 32).contains(rule.maxPixels) {
                return ("sizes.free.maxPixels", ModelProfile.outside(rule.maxPixels, 0...1 << 32))
            }
            if !(0...rule.maxPixels).contains(rule.minPixels) {
                return ("sizes.free.minPixels", ModelProfile.outside(rule.minPixels, 0...rule.maxPixels))
            }
            if let limit = rule.experimentalAbovePixels, limit < 0 {
                return ("sizes.free.experimentalAbovePixels", "is \(limit); it must not be negative")
            }
            return nil
        }
    }
}

extension ModelProfile.OutputTokens {
    fileprivate var invalidField: (field: String, problem: String)? {
        switch self {
        case .unknown: return nil
        case .table(let table):
            let range = 0...1_000_000_000
            let wrong = table.values.lazy.flatMap(\.values).first { !range.contains($0) }
            return wrong.map { ("outputTokens.table", ModelProfile.outside($0, range)) }
        case .patches(let patches):
            let range = 1...10_000
            let wrong = patches.values.first { !range.contains($0) }
            return wrong.map { ("outputTokens.patches", ModelProfile.outside($0, range)) }
        }
    }
}

extension ModelProfile.Prices {
    fileprivate var invalidField: (field: String, problem: String)? {
        let known: [(String, Double?)] = [
            ("textInput", textInput), ("cachedTextInput", cachedTextInput), ("imageInput", imageInput),
            ("cachedImageInput", cachedImageInput), ("imageOutput", imageOutput), ("textOutput", textOutput),
        ]
        for (field, price) in known {
            if let price, !(0...1_000_000).contains(price) {
                return ("prices.\(field)", ModelProfile.outside(price, 0...1_000_000))
            }
        }
        if let batchFactor, !(0...1).contains(batchFactor) {
            return ("prices.batchFactor", ModelProfile.outside(batchFactor, 0...1))
        }
        return nil
    }
}
