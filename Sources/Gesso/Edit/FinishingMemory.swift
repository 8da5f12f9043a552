import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Preparation {
    /// The bytes that finishing one result takes at most, codecs included: what is reserved before the original is
    /// decoded. `returned` are the files that came back, as far as they are here already.
    static func finishingBytes(
        _ preparations: [Preparation], renditions: [Rendition] = [.fullSize()], returned: [ImageHeader] = []
    ) -> Int {
        guard let first = preparations.first else { return 0 }
        let areas = preparations.compactMap(\.area)
        return finishingBytes(
            header: first.header, imageSize: areas.first?.imageSize ?? first.placement.upright,
            edited: areas.map(\.rect.size), canvases: preparations.map(\.canvas), options: first.options,
            renditions: renditions, returned: returned)
    }

    /// The most of four moments: the original is decoded; a region is composited over it; an output is encoded; blocks
    /// of a JPEG are replaced once the pixels are gone.
    static func finishingBytes(
        header: ImageHeader, imageSize: Size, edited: [Size], canvases: [Size], options: EditOptions,
        renditions: [Rendition] = [.fullSize()], returned: [ImageHeader] = []
    ) -> Int {
        func bytes(_ size: Size, _ format: Bitmap.Format) -> Int {
            min(Bitmap.byteCount(size: size, format: format) ?? Int.max, Int.max / 64)
        }
        let decode = ImageDecoder.Options(limits: options.limits, preserve16Bit: true)
        let decoding = decode.memory(for: header)
        var shape = Frame.Shape(header)
        shape.format = decode.decodedFormat(of: header)
        // A gray original under an edit in color becomes RGB.
        if shape.format.layout == .gray { shape.format = shape.format.bitsPerChannel == 8 ? .rgb8 : .rgb16 }
        (shape.size, shape.orientation) = (imageSize, .up)
        if !options.outpaint.isZero { shape.format = shape.format.withAlpha }
        let original = min(shape.byteCount, Int.max / 64)

        let margin = 2 * options.feather
        let parts = edited.map { bytes(Size(width: $0.width + margin, height: $0.height + margin), .rgba8) }
        let part = min(parts.max() ?? original, original)
        let sent = canvases.map { bytes($0, .rgba8) }
        let came = returnedBytes(returned, sent, limits: options.limits)
        // The edited part and the canvas a few times over, one region after the other, with what came back for each.
        let composited = decoding.bytes(before: 2 * original).saturatingAdding(4 * part)
            .saturatingAdding(6 * (sent.max() ?? 0)).saturatingAdding(came)

        let plain = renditions.map { rendition in
            var rendition = rendition
            rendition.encoding = rendition.encoding ?? rendition.plainEncoding(for: header)
            return rendition
        }
        // What cannot be planned is refused where it is made.
        let outputs = (try? Rendition.peakBytes(of: plain, from: shape)) ?? 0
        let encoded = outputs.saturatingAdding(decoding.spare).saturatingAdding(decoding.conversion)
        var most = max(composited, encoded)
        if renditions.contains(where: \.isOriginalFile), header.format == .jpeg {
            most = max(most, JPEGPatch.workingByteCount(for: header).saturatingAdding(2 * parts.reduce(0, +)))
        }
        return most
    }

    /// The files that came back, decoded and turned; before they are here, as large as what was sent.
    private static func returnedBytes(_ headers: [ImageHeader], _ sent: [Int], limits: DecodeLimits) -> Int {
        guard !headers.isEmpty else {
            return (sent.max() ?? 0).saturatingMultiplied(by: 3).saturatingAdding(sent.dropFirst().reduce(0, +))
        }
        let options = ImageDecoder.Options(limits: limits)
        return headers.map { header in
            let memory = options.memory(for: header)
            return memory.bytes(before: memory.kept.saturatingMultiplied(by: 2))
        }.max() ?? 0
    }
}
