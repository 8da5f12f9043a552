package import GessoPixels

extension EditResult {
    /// The proof for one of several regions of an edit.
    package struct RegionAudit: Sendable, Codable, Hashable {
        /// What the mask selects here, in upright pixels of the (outpainted) original.
        package let box: Rect
        /// The part of the original that was sent; nil is all of it.
        package let window: Rect?
        /// The size that the model was asked for.
        package let canvas: Size
        /// What this region's edit changed of the image outside its mask and feather.
        package let audit: EditAudit
        /// What the model had changed outside the mask on the canvas.
        package let rawAudit: EditAudit
    }
}

extension EditAudit {
    /// The proof for an image that several regions were put onto, one after the other; nil for none.
    ///
    /// Counts and means are of all regions together, extremes those of the worst. Motion and tone are each region's own
    /// (``EditResult/EditedImage/regions``). The hashes are the regions' in turn: each was taken outside of one region, so
    /// nothing outside of all changed as long as they pair.
    static func joined(_ audits: [EditAudit]) -> EditAudit? {
        guard var audit = audits.first, audits.count > 1 else { return audits.first }
        audit.join(audits.map { ($0, 1) }, kept: 1 - audits.reduce(0) { $0 + $1.maskCoverage })
        audit.maskCoverage = audits.reduce(0) { $0 + $1.maskCoverage }
        audit.keptHashBefore = audits.map { $0.keptHashBefore ?? "" }.joined(separator: "+")
        audit.keptHashAfter = audits.map { $0.keptHashAfter ?? "" }.joined(separator: "+")
        return audit
    }

    /// The same for what the model returned, canvas by canvas.
    static func joined(canvases regions: [EditResult.RegionAudit]) -> EditAudit? {
        guard var audit = regions.first?.rawAudit, regions.count > 1 else { return regions.first?.rawAudit }
        let parts = regions.map { (audit: $0.rawAudit, pixels: Double($0.canvas.width) * Double($0.canvas.height)) }
        audit.join(parts, kept: parts.reduce(0) { $0 + $1.pixels * (1 - $1.audit.maskCoverage) })
        let pixels = parts.reduce(0) { $0 + $1.pixels }
        audit.maskCoverage = parts.reduce(0) { $0 + $1.pixels * $1.audit.maskCoverage } / pixels
        return audit
    }

    /// Sums shares and means of images of so many `pixels` each (in any unit) over `kept` of them.
    private mutating func join(_ parts: [(audit: EditAudit, pixels: Double)], kept: Double) {
        func mean(_ value: (EditAudit) -> Double) -> Double {
            kept <= 0
                ? 0 : parts.reduce(0) { $0 + value($1.audit) * $1.pixels * (1 - $1.audit.maskCoverage) } / kept
        }
        let audits = parts.map(\.audit)
        changedOutside = min(1, mean(\.changedOutside))
        meanDrift = mean(\.meanDrift)
        changedPixelsOutside = audits.reduce(0) { $0 + $1.changedPixelsOutside }
        p99Drift = audits.map(\.p99Drift).max() ?? 0
        maxDrift = audits.map(\.maxDrift).max() ?? 0
        seamDelta = audits.map(\.seamDelta).max() ?? 0
        seamDeltaBefore = audits.map(\.seamDeltaBefore).max() ?? 0
        (alignment, toneGain, toneOffset) = (nil, nil, nil)
    }
}
