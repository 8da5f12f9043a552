import GessoCodecs
import GessoPixels
import ImagesAPI

/// In which form a model takes images: the first lossless one under its byte limit, in order of bytes and time.
struct UploadRules: Sendable {
    let profile: ModelProfile
    let server: ServerProfile
    /// What the model or the server behind an unknown name takes.
    private let formats: [ImageUpload.ContentType]
    private let sendsJPEG: Bool
    private let model: String

    init(_ profile: ModelProfile, _ server: ServerProfile, _ options: EditOptions) {
        self.profile = profile
        self.server = server
        sendsJPEG = options.sendsJPEG
        model = options.model.rawValue
        // Compatible servers read PNG and JPEG everywhere, WebP not.
        formats =
            ModelProfile.profile(for: options.model) == nil || !server.takesWebP
            ? profile.inputFormats.filter { $0 != .webp } : profile.inputFormats
    }

    /// What is tried, the most likely first.
    ///
    /// On photographs lossless WebP at the least effort is a quarter smaller than PNG at about the same time; flat
    /// images are small in any form.
    private static let lossless: [ImageEncoding] = [
        .webpLossless(effort: 0), .png(effort: .fast), .webpLossless(effort: 6), .png(effort: .small),
    ]

    /// What is tried where no lossless form fits and a JPEG is allowed.
    private static let lossy: [ImageEncoding] = [95, 90, 80, 70].map { quality in
        .jpeg(quality: quality, subsampling: quality > 90 ? .none : .half)
    }

    /// The parts of a request, as they are planned.
    func parts(references: Int, mask: Bool, markup: Bool) -> [EditPlan.Part] {
        var encodings = UploadRules.lossless.prefix(2).filter(accepts)
        if sendsJPEG, formats.contains(.jpeg) { encodings.append(UploadRules.lossy[0]) }
        func part(_ role: EditPlan.Part.Role, _ count: Int, _ encodings: [ImageEncoding], _ limit: Int) -> EditPlan.Part
        {
            EditPlan.Part(
                role: role, count: count, encodings: encodings, byteLimit: limit,
                field: field(of: role, images: 1 + references))
        }
        var parts = [part(.image, 1, encodings, profile.maxImageBytes)]
        if references > 0 { parts.append(part(.reference, references, encodings, profile.maxImageBytes)) }
        let png = UploadRules.lossless.filter { $0.format == .png }
        if markup {
            parts.append(part(.markup, 1, png, profile.maxImageBytes))
        } else if mask, sendsMask {
            parts.append(part(.mask, 1, png, profile.maxMaskBytes))
        }
        return parts
    }

    /// The encodings that may be run on an image of that size and format: all up to the first that is sure to fit.
    func encodingsTried(_ size: Size, _ format: Bitmap.Format) -> [ImageEncoding] {
        let tried = UploadRules.lossless.filter(accepts)
        let sure = tried.firstIndex { $0.longestFile(for: size, format: format) < profile.maxImageBytes }
        return Array(tried.prefix((sure ?? tried.count - 1) + 1))
    }

    /// The same for its mask, which is RGBA.
    func maskEncodingsTried(_ size: Size) -> [ImageEncoding] {
        let tried = UploadRules.lossless.filter { $0.format == .png }
        let sure = tried.firstIndex { $0.longestFile(for: size, format: .rgba8) < profile.maxMaskBytes }
        return Array(tried.prefix((sure ?? tried.count - 1) + 1))
    }

    /// Whether the server takes a mask; without one, what was not selected is kept by the finish alone.
    var sendsMask: Bool { server.maskField != nil }

    /// The name of the field of a file, in a request with so many images.
    private func field(of role: EditPlan.Part.Role, images: Int) -> String {
        switch role {
        case .image, .reference: server.imageField(count: images) ?? role.rawValue
        case .mask: server.maskField ?? role.rawValue
        case .markup: server.markupField ?? role.rawValue
        }
    }

    /// An image to edit or to look at, one of so many. Throws `tooManyBytes` when no form that is allowed fits.
    func part(
        _ bitmap: Bitmap, _ role: EditPlan.Part.Role, images: Int, stem: String
    ) throws(GessoError) -> Editor.PreparedEdit.Part {
        try encoded(bitmap, role, images: images, stem: stem, below: profile.maxImageBytes, formats: formats)
    }

    /// The mask as PNG whose alpha is 0 where to edit, and what had to be changed in it.
    ///
    /// Only full transparency surely means "edit" to the API, so a mask that has none of it (a hair's breadth, scaled
    /// down) is raised to full coverage; so is one whose shades take too many bytes.
    func mask(_ mask: Mask) throws(GessoError) -> (part: Editor.PreparedEdit.Part, change: EditPlan.Change?) {
        guard mask.selectsWholePixels else { return (try maskPart(mask.binarized()), .maskRaised) }
        do throws(GessoError) { return (try maskPart(mask), nil) } catch {
            guard error.code == .tooManyBytes else { throw error }
            return (
                try maskPart(mask.binarized()), .maskBinarized(limit: profile.maxMaskBytes, model: model)
            )
        }
    }

    /// The API reads masks as PNG only (images-api.md 1.5).
    private func maskPart(_ mask: Mask) throws(GessoError) -> Editor.PreparedEdit.Part {
        try encoded(
            mask.alphaBitmap(over: server.paintsMask ? mask.coverage : nil), .mask, images: 1, stem: "mask",
            below: profile.maxMaskBytes,
            formats: [.png])
    }

    /// A markup, placed on the canvas as the image beneath is.
    func markup(_ drawing: Bitmap, _ options: EditOptions) throws(GessoError) -> Editor.PreparedEdit.Part {
        let placed = try FitToModel(
            options.model, padding: .color(.clear), longEdge: options.longEdge, enlarges: options.enlarges
        ).run(Frame(bitmap: drawing)).bitmap
        try Markup.requireTransparency(of: placed)
        return try encoded(
            placed, .markup, images: 1, stem: "markup", below: profile.maxImageBytes, formats: [.png])
    }

    private func accepts(_ encoding: ImageEncoding) -> Bool {
        formats.contains(ImageUpload.ContentType(rawValue: encoding.format.mimeType))
    }

    private func encoded(
        _ bitmap: Bitmap, _ role: EditPlan.Part.Role, images: Int, stem: String, below limit: Int,
        formats: [ImageUpload.ContentType]
    ) throws(GessoError) -> Editor.PreparedEdit.Part {
        var candidates = UploadRules.lossless
        if sendsJPEG, !bitmap.format.hasAlpha { candidates += UploadRules.lossy }
        var smallest: Int?
        for encoding in candidates where formats.contains(ImageUpload.ContentType(rawValue: encoding.format.mimeType)) {
            if encoding.format == .webp, bitmap.size.longEdge > UploadRules.longestWebP { continue }
            try GessoError.throwIfCancelled(stage: "prepare")
            let image = try PixelWork.encode(bitmap, as: encoding)
            if image.data.count < limit {
                return Editor.PreparedEdit.Part(
                    role, field: field(of: role, images: images), stem: stem, image, encoding)
            }
            smallest = min(smallest ?? .max, image.data.count)
        }
        let advice = sendsJPEG || !formats.contains(.jpeg) || bitmap.format.hasAlpha ? "" : ", or allow JPEG"
        throw GessoError(
            .tooManyBytes, stage: "prepare",
            "The \(field(of: role, images: images)) takes \(smallest ?? 0) bytes even in the smallest form that is allowed and \(model) accepts fewer "
                + "than \(limit); send a smaller long edge\(advice).",
            facts: ["found": "\(smallest ?? 0)", "allowed": "\(limit)"])
    }

    /// The format's own limit.
    private static let longestWebP = 16_383
}

extension ModelProfile {
    /// The profile of `model`, or that of the newest model for a name the table does not know.
    ///
    /// Throws `invalidParameter` when a table was put in place that knows neither.
    static func known(or model: Model) throws(GessoError) -> ModelProfile {
        if let profile = profile(for: model) ?? profile(for: .gptImage26Sunburst) { return profile }
        throw GessoError(
            .invalidParameter, stage: "prepare",
            "The model table knows neither \(model.rawValue) nor a model to go by; add it to ModelProfile.Catalog.current.",
            facts: ["found": model.rawValue])
    }
}
