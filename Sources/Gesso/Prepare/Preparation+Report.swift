import GessoCodecs
import GessoPixels
import ImagesAPI

extension Preparation {
    static func changes(
        header: ImageHeader, frame: Frame, window: Rect?, options: EditOptions
    ) -> [String] {
        var changes: [String] = []
        if header.orientation != .up {
            changes.append(
                "turned upright (EXIF orientation \(header.orientation.rawValue)): now \(header.uprightSize)")
        }
        if header.colorModel == .cmyk { changes.append("converted from CMYK to sRGB") }
        if !header.isSRGB {
            changes.append("converted from \(header.profileDescription ?? "its own profile") to sRGB")
        }
        if header.bitsPerChannel > 8 { changes.append("reduced from \(header.bitsPerChannel) to 8 bits a channel") }
        if header.frameCount > 1 { changes.append("first of \(header.frameCount) frames taken") }
        let removed = header.metadata.names
        if !removed.isEmpty { changes.append("metadata left out: \(removed.joined(separator: ", "))") }
        if !options.outpaint.isZero { changes.append("padded by \(options.outpaint) for outpainting") }
        let content = frame.placement.content
        let scale = frame.placement.scaleX
        if let window { changes.append("only the window \(window) around the edit is sent") }
        if abs(scale - 1) > 1e-9 {
            changes.append("scaled by \(Double(Int(scale * 10_000)) / 10_000) to \(content.size)")
        }
        if content.size != frame.placement.canvas {
            changes.append("placed on a canvas of \(frame.placement.canvas), \(options.padding) around it")
        }
        return changes
    }
}

extension EditLayout {
    /// What may surprise about the request for one region.
    func warnings(for region: Region, placement: Placement) -> [String] {
        var warnings: [String] = []
        if let profile = ModelProfile.profile(for: options.model) {
            if let note = profile.lifecycleWarning { warnings.append(note) }
        } else {
            warnings.append(
                "the model \(options.model.rawValue) is not in the profile table; it is prepared for like the newest "
                    + "one and the server decides")
        }
        if placement.scaleX < 0.25 {
            warnings.append(
                "the image is sent at \(Int(placement.scaleX * 100)) % of its size, so the edit will be softer than "
                    + "the rest; send a larger long edge")
        } else if reason != nil, regions.count == 1, placement.scaleX < 0.8 {
            warnings.append(
                "the separate parts are sent together at \(Int(placement.scaleX * 100)) % of their size because that "
                    + "costs less; sent apart they keep more of their detail")
        }
        if markup != nil, region.area != nil {
            warnings.append(
                "the API takes a markup or a mask: the markup is sent, and the mask decides what is taken from the answer"
            )
        }
        return warnings
    }
}
