import GessoPixels
import ImagesAPI

/// Decides which separate parts of a mask share a request.
struct RegionPlanner {
    /// Requests that one edit may take at most.
    static let mostRequests = 32

    let imageSize: Size
    let sizes: ModelProfile.Sizes
    let options: EditOptions
    private let meter: CostMeter

    init(imageSize: Size, profile: ModelProfile, options: EditOptions) {
        self.imageSize = imageSize
        self.options = options
        sizes = profile.sizes
        meter = CostMeter(profile: profile, quality: options.quality)
    }

    /// What each request edits: boxes whose feathered borders keep apart, so that no edit touches another's pixels.
    ///
    /// Throws `invalidParameter` for regions apart that cannot be put together again, `limitExceeded` for too many.
    func boxes(of area: BoundedMask) throws(GessoError) -> Choice {
        guard options.regions != .together else { return Choice(area.rect) }
        guard options.composites else {
            guard options.regions == .apart else { return Choice(area.rect) }
            throw GessoError(
                .invalidParameter, stage: "prepare",
                "Regions sent apart come together only over the original; composite, or send them together.",
                facts: ["what": "regions"])
        }
        let parts = joined(separateParts(of: area))
        guard parts.count > 1 else { return Choice(area.rect) }
        guard parts.count <= RegionPlanner.mostRequests else {
            guard options.regions == .apart else { return Choice([area.rect], of: parts.count, nil) }
            throw GessoError(
                .limitExceeded, stage: "prepare",
                "The mask has \(parts.count) separate parts, \(RegionPlanner.mostRequests) requests are allowed; "
                    + "send them together or grow the mask until parts meet.",
                facts: ["found": "\(parts.count)", "allowed": "\(RegionPlanner.mostRequests)", "what": "regions"])
        }
        if options.regions == .apart { return Choice(parts, of: parts.count, nil) }
        // Where all of the image is sent anyway, there is nothing to choose.
        for part in parts {
            if try window(around: part) != nil { return try cheapest(parts) }
        }
        return Choice(area.rect)
    }

    /// Parts whose surroundings would overlap anyway count as one.
    private func separateParts(of area: BoundedMask) -> [Rect] {
        area.mask.componentBoxes(gap: max(2 * options.feather + 2, 128)).map { box in
            Rect(x: box.x + area.rect.x, y: box.y + area.rect.y, width: box.width, height: box.height)
        }
    }

    /// The boxes with those made one whose feathered borders meet.
    private func joined(_ boxes: [Rect]) -> [Rect] {
        var result: [Rect] = []
        for box in boxes {
            var joined = box
            while let index = result.firstIndex(where: {
                !$0.expanded(by: options.feather).intersection(joined.expanded(by: options.feather)).isEmpty
            }) {
                joined = joined.union(result.remove(at: index))
            }
            result.append(joined)
        }
        return result.sorted { ($0.y, $0.x) < ($1.y, $1.x) }
    }

    /// Joins the two that save most by it, as long as any two do.
    private func cheapest(_ parts: [Rect]) throws(GessoError) -> Choice {
        var boxes = parts
        while boxes.count > 1 {
            var best: (saving: Int, box: Rect)?
            for (index, first) in boxes.enumerated() {
                for second in boxes[(index + 1)...] {
                    let box = first.union(second)
                    let saving = try cost(first) + cost(second) - cost(box)
                    if saving >= 0, saving > best?.saving ?? -1 { best = (saving, box) }
                }
            }
            guard let best else { break }
            boxes = joined(boxes.filter { !best.box.contains($0) } + [best.box])
        }
        var (apart, chosen) = (0, 0)
        for part in parts { apart += try cost(part) }
        for box in boxes { chosen += try cost(box) }
        let together = try cost(parts.dropFirst().reduce(parts[0]) { $0.union($1) })
        // Pair by pair is not the whole truth: three may only pay together.
        if together <= chosen, boxes.count > 1 {
            boxes = [parts.dropFirst().reduce(parts[0]) { $0.union($1) }]
            chosen = together
        }
        return Choice(boxes, of: parts.count, meter.costs(chosen: chosen, apart: apart, together: together))
    }

    private func window(around box: Rect) throws(GessoError) -> Rect? {
        try options.window?.rect(around: box, in: imageSize, sizes: sizes, longEdge: options.longEdge)
    }

    /// What the request for a box costs.
    private func cost(_ box: Rect) throws(GessoError) -> Int {
        let sent = try window(around: box)?.size ?? imageSize
        return meter.cost(
            of: try CanvasFit(for: sent, sizes: sizes, longEdge: options.longEdge, enlarges: options.enlarges).canvas)
    }
}

extension RegionPlanner {
    /// The boxes that are sent one by one, and why.
    struct Choice {
        let boxes: [Rect]
        /// Nil for a mask in one piece.
        let reason: EditPlan.Regions?

        init(_ box: Rect) {
            boxes = [box]
            reason = nil
        }

        init(_ boxes: [Rect], of parts: Int, _ costs: EditPlan.Regions.Costs?) {
            self.boxes = boxes
            reason = EditPlan.Regions(partCount: parts, requestCount: boxes.count, costs: costs)
        }
    }
}

/// What a canvas costs: image tokens where they are published, else its pixels.
private struct CostMeter {
    let profile: ModelProfile
    let quality: GenerationRequest.Level?
    private let knowsTokens: Bool

    init(profile: ModelProfile, quality: GenerationRequest.Level?) {
        self.profile = profile
        // The proportions of one quality are those of the others.
        let asked = quality == .auto ? nil : quality
        self.quality = ([asked].compactMap { $0 } + profile.qualities).first {
            profile.outputTokens.count(quality: $0, width: 1024, height: 1024) != nil
        }
        knowsTokens = self.quality != nil && (asked == nil || asked == self.quality)
    }

    func cost(of canvas: Size) -> Int {
        let pixels = canvas.width * canvas.height
        guard knowsTokens, let quality else { return pixels }
        return profile.outputTokens.count(quality: quality, width: canvas.width, height: canvas.height) ?? pixels
    }

    func costs(chosen: Int, apart: Int, together: Int) -> EditPlan.Regions.Costs {
        EditPlan.Regions.Costs(
            chosen: chosen, apart: apart, together: together, quality: knowsTokens ? quality : nil)
    }
}
