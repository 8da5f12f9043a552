import GessoCodecs
import GessoPixels

/// The memory that finishing one image of an edit takes, codecs included: what is reserved before the original is decoded.
struct FinishingMemory {
    private let plan: EditPlan
    private let edited: [Size]
    /// The headers of the files that the model returned; none before they are here.
    private let returned: [ImageHeader]
    private let decoding: DecodingMemory

    init(_ plan: EditPlan, returned: [ImageHeader]) {
        self.plan = plan
        self.returned = returned
        edited = plan.requests.compactMap(\.area?.rect.size)
        decoding = plan.options.decodeOptions(preserve16Bit: true).memory(for: plan.header)
    }

    /// The most of four moments: the original is decoded, oriented and extended; a region is composited over it; an output is
    /// encoded; blocks of a JPEG are replaced once the whole image's pixels are gone.
    var bytes: Int {
        let frame = finishedShape
        let masks = keptMaskBytes
        // What stays with the finished pixels.
        let kept =
            plan.composites ? masks.saturatingAdding(decoding.spare).saturatingAdding(decoding.conversion) : masks
        var most = plan.composites ? originalBytes : 0
        most = max(most, frame.byteCount.saturatingAdding(kept).saturatingAdding(regionBytes(frame)))
        // What cannot be planned is refused where it is made.
        let outputs = encodedRenditions
        let replaces = plan.replacesBlocks
        let encoded = (try? Rendition.peakBytes(of: outputs, from: frame, consumesFrame: !replaces)) ?? 0
        most = max(most, encoded.saturatingAdding(kept))
        guard replaces else { return most }
        let parts = partBytes(frame)
        let files = outputs.reduce(0) { sum, rendition in
            let size = rendition.bounds ?? frame.size
            return sum.saturatingAdding((rendition.encoding ?? .png).longestFile(for: size, format: frame.format))
        }
        let replacing = max(parts.copied + frame.byteCount, parts.all + JPEGPatch.workingByteCount(for: plan.header))
        return max(most, replacing.saturatingAdding(kept).saturatingAdding(files))
    }

    /// The outputs that are encoded from pixels.
    private var encodedRenditions: [Rendition] {
        plan.renditions.filter { !plan.replacesBlocks(for: $0) }.map { rendition in
            var rendition = rendition
            rendition.encoding = rendition.encoding ?? rendition.fallbackEncoding(for: plan.header)
            return rendition
        }
    }

    private func bytes(_ size: Size, _ format: Bitmap.Format) -> Int {
        min(Bitmap.byteCount(size: size, format: format) ?? Int.max, Int.max / 64)
    }

    /// The original as it is decoded.
    private var storedFormat: Bitmap.Format {
        plan.options.decodeOptions(preserve16Bit: true).decodedFormat(of: plan.header)
    }

    /// The frame that outputs are made of.
    private var finishedShape: Frame.Shape {
        var shape = Frame.Shape(plan.header)
        (shape.size, shape.orientation) = (plan.result, .up)
        if plan.composites {
            shape.format = storedFormat
            // A gray original under an edit in color becomes RGB.
            if shape.format.layout == .gray { shape.format = shape.format.bitsPerChannel == 8 ? .rgb8 : .rgb16 }
        } else {
            shape.isSRGB = true
            let isOpaque = !returned.isEmpty && returned.allSatisfy { !$0.hasAlpha }
            shape.format = isOpaque ? .rgb8 : .rgba8
        }
        shape.placement = Placement(of: plan.result)
        return shape
    }

    /// Decoding the original, orienting it and adding the border.
    private var originalBytes: Int {
        let stored = bytes(plan.header.size, storedFormat)
        var most = plan.header.orientation == .up ? stored : 2 * stored
        if !plan.options.outpaint.isZero {
            let extended = bytes(plan.result, finishedShape.format)
            // A mirrored border is blurred in a copy of its own.
            let copies = plan.options.padding == .blurredMirror || storedFormat.layout == .gray ? 2 : 1
            most = max(most, stored + copies * extended)
        }
        if storedFormat.layout == .gray { most = max(most, 2 * stored + bytes(plan.result, finishedShape.format)) }
        return decoding.bytes(before: most)
    }

    /// The masks of all regions, as planned and with their feather.
    private var keptMaskBytes: Int {
        edited.reduce(0) { sum, size in
            let planned = bytes(size, .gray8)
            return sum.saturatingAdding(planned).saturatingAdding(plan.composites ? featheredBytes(size) : 0)
        }
    }

    private func featheredSize(_ size: Size) -> Size {
        let margin = 2 * plan.options.feather
        return Size(
            width: min(size.width + margin, plan.result.width), height: min(size.height + margin, plan.result.height))
    }

    private func featheredBytes(_ size: Size) -> Int { bytes(featheredSize(size), .gray8) }

    /// What one region takes beside the finished pixels, while it is registered and composited.
    private func regionBytes(_ frame: Frame.Shape) -> Int {
        let sent = plan.requests.map { bytes($0.canvas, .rgba8) }
        // The canvas a few times over, and the file that was returned for each region.
        let canvases = (6 * (sent.max() ?? 0)).saturatingAdding(returnedBytes(sent))
        // A mask on its way to the canvas is cropped and padded.
        let masks = edited.map { 2 * bytes($0, .gray8) }.max() ?? 0
        guard plan.composites else { return canvases.saturatingAdding(masks) }
        let bands = edited.map { bandBytes(featheredSize($0), frame.format) }.max() ?? 0
        return canvases.saturatingAdding(max(masks, bands))
    }

    /// A band of rows: its mask while it is feathered, then its pixels before and after, and the edit in three forms.
    private func bandBytes(_ size: Size, _ format: Bitmap.Format) -> Int {
        let feather = plan.options.feather
        func rows(_ margin: Int) -> Int { min(size.height, RowBands.rowCount(width: size.width, margin: margin)) }
        let mask = 8 * (size.width + 2 * feather) * (rows(feather) + 2 * feather)
        let pixels = rows(0) * size.width * (4 * format.bytesPerPixel + 12)
        return max(mask, pixels)
    }

    /// The parts that are put into a JPEG: all of them, and those that are copied out of the frame. A part that is the whole
    /// image shares its pixels.
    private func partBytes(_ frame: Frame.Shape) -> (all: Int, copied: Int) {
        var (all, copied) = (0, 0)
        for size in edited.map(featheredSize) {
            let part = bytes(size, frame.format)
            all += part
            if size != frame.size { copied += part }
        }
        return (all, copied)
    }

    /// The returned files, decoded and oriented; before they are here, as large as what is sent.
    private func returnedBytes(_ sent: [Int]) -> Int {
        guard !returned.isEmpty else {
            return (sent.max() ?? 0).saturatingMultiplied(by: 3).saturatingAdding(sent.dropFirst().reduce(0, +))
        }
        let decode = plan.options.decodeOptions()
        return returned.map { header in
            let memory = decode.memory(for: header)
            return memory.bytes(before: memory.kept.saturatingMultiplied(by: 2))
        }.max() ?? 0
    }
}

extension EditPlan {
    /// The bytes that finishing takes at most; with the headers of the returned files once these are here.
    func finishingBytes(returned: [ImageHeader]) -> Int { FinishingMemory(self, returned: returned).bytes }

    /// Throws `limitExceeded` when the whole budget is smaller than what finishing takes, so that nothing is bought which
    /// could not be finished.
    package func requireFinish(within budget: PixelBudget) throws(GessoError) {
        let (needed, limit) = (finishingBytes, budget.limit)
        guard needed > limit else { return }
        throw GessoError(
            .limitExceeded, stage: "budget",
            "Finishing this edit would take \(needed) bytes of pixels and the whole budget is \(limit). Raise the budget "
                + "(GESSO_PIXEL_BUDGET, or --pixel-budget) to \(needed) or more, ask for fewer or smaller outputs, or scale "
                + "the image down first. Nothing was sent.",
            facts: ["found": "\(needed)", "allowed": "\(limit)"])
    }
}
