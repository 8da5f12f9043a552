import GessoCodecs
import GessoPixels
import ImagesAPI

extension EditPlan: CustomStringConvertible {
    public var description: String {
        var lines: [String] = []
        if let regions { lines.append("regions: \(regions)") }
        for (index, request) in requests.enumerated() {
            let number = requests.count == 1 ? "" : " \(index + 1) of \(requests.count)"
            if index > 0 { lines.append("") }
            lines += ["\(request.stages)"]
            if let window = request.window { lines.append("window: only \(window) of \(result) is sent") }
            lines.append("request\(number): \(options.model.rawValue), size \(request.canvas)")
            lines += request.parts.map { "- \($0)" }
            if let touched = request.touched, requests.count > 1 {
                lines.append("back to: \(touched), mask and feather")
            }
        }
        if requests.count > 1 { lines.append("") }
        lines += estimateLines
        let area =
            touched.map {
                requests.count == 1 ? "only \($0) may differ" : "only these \(requests.count) places may differ"
            }
            ?? "all of it may differ"
        lines.append("result: \(result); \(area) from the original")
        lines += renditions.map { "- \(summary(of: $0))" }
        lines.append(
            "memory: at most \(Pipeline.Plan.mebibytes(preparingBytes)) of pixels to prepare, "
                + "\(Pipeline.Plan.mebibytes(finishingBytes)) to finish")
        lines += issues.map { "! \($0)" }
        return lines.joined(separator: "\n")
    }

    private var estimateLines: [String] {
        var lines: [String] = []
        if let tokens = estimate.outputTokens {
            lines.append("output: \(EditPlan.range(tokens.lowerBound, tokens.upperBound)) image tokens")
        }
        if let dollars = estimate.dollars {
            let cents = EditPlan.range(EditPlan.cents(dollars.lowerBound), EditPlan.cents(dollars.upperBound))
            lines.append("cost: \(cents) US cents, what is sent not counted")
        } else {
            lines.append("cost: unknown")
        }
        return lines + estimate.notes.map { "- \($0)" }
    }

    private static func range<Value: Equatable>(_ low: Value, _ high: Value) -> String {
        low == high ? "\(low)" : "\(low) to \(high)"
    }

    private static func cents(_ dollars: Double) -> Double { (dollars * 10_000).rounded() / 100 }
}

extension CostEstimate {
    /// The sum over several requests; unknown as soon as one is.
    static func sum(_ estimates: [CostEstimate]) -> CostEstimate? {
        guard var sum = estimates.first else { return nil }
        for next in estimates.dropFirst() {
            sum.outputTokens = add(sum.outputTokens, next.outputTokens)
            sum.promptTokens = add(sum.promptTokens, next.promptTokens) ?? sum.promptTokens
            sum.outputDollars = add(sum.outputDollars, next.outputDollars)
            sum.dollars = add(sum.dollars, next.dollars)
        }
        let note = "What input images cost is not published; they come on top."
        if !sum.notes.contains(note) { sum.notes.append(note) }
        return sum
    }

    private static func add<Value: AdditiveArithmetic & Comparable>(
        _ one: ClosedRange<Value>?, _ other: ClosedRange<Value>?
    ) -> ClosedRange<Value>? {
        guard let one, let other else { return nil }
        return one.lowerBound + other.lowerBound...one.upperBound + other.upperBound
    }
}

extension EditPlan {
    /// What a rendition gives, in words.
    func summary(of rendition: Rendition) -> String {
        let shape = rendition.bounds.map { "\(rendition.covers ? "filling" : "inside") \($0)" } ?? "\(result)"
        guard let encoding = rendition.encoding else {
            return "\(rendition.name): \(shape), \(header.format.rawValue) as it came"
                + (replacesBlocks(for: rendition) ? ", untouched blocks as they are" : "")
        }
        let quality = encoding.quality.map { " of quality \($0)" } ?? ""
        return "\(rendition.name): \(shape), \(encoding.format.rawValue)\(quality)"
    }
}

extension EditPlan: Encodable {
    private enum CodingKeys: CodingKey {
        case header, requests, regions, result, renditions, preparingBytes, finishingBytes, model, estimate, issues
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(header, forKey: .header)
        try container.encode(requests, forKey: .requests)
        try container.encodeIfPresent(regions?.description, forKey: .regions)
        try container.encode(result, forKey: .result)
        try container.encode(renditions.map(summary), forKey: .renditions)
        try container.encode(preparingBytes, forKey: .preparingBytes)
        try container.encode(finishingBytes, forKey: .finishingBytes)
        try container.encode(options.model, forKey: .model)
        try container.encode(estimate, forKey: .estimate)
        try container.encode(issues.map(\.description), forKey: .issues)
    }
}

extension EditPlan.Request: Encodable {
    private enum CodingKeys: CodingKey { case window, stages, canvas, touched, parts, estimate }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(window, forKey: .window)
        try container.encode(stages, forKey: .stages)
        try container.encode(canvas, forKey: .canvas)
        try container.encodeIfPresent(touched, forKey: .touched)
        try container.encode(parts.map(\.description), forKey: .parts)
        try container.encode(estimate, forKey: .estimate)
    }
}
