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
            lines.append("request\(number): \(model.rawValue), size \(request.canvas)")
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
        lines += renditions.map { "- \($0)" }
        lines.append(
            "memory: at most \(Plan.mebibytes(preparingBytes)) of pixels to prepare, "
                + "\(Plan.mebibytes(finishingBytes)) to finish")
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

extension Rendition {
    /// What becomes of the finished image, in words.
    func summary(for header: ImageHeader, result: Size) -> String {
        let shape = bounds.map { "\(covers ? "filling" : "inside") \($0)" } ?? "\(result)"
        guard let encoding else {
            let kept = header.format == .jpeg && header.colorModel != .cmyk ? ", untouched blocks as they are" : ""
            return "\(name): \(shape), \(header.format.rawValue) as it came\(kept)"
        }
        let quality = encoding.quality.map { " of quality \($0)" } ?? ""
        return "\(name): \(shape), \(encoding.format.rawValue)\(quality)"
    }
}
