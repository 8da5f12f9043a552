import CGessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// The frames of an animated GIF, WebP or PNG as a viewer shows them, one after the other.
///
/// Holds the canvas, and while a frame is drawn that frame, and the canvas before it if the file restores that.
package struct AnimationReader {
    /// The size of every frame.
    package let size: Size
    /// The number of frames; 1 for a still image, which has none to read.
    package let frameCount: Int
    /// How often the animation is played; 0 for without end.
    package let plays: Int
    /// The color profile of the frames; nil means sRGB.
    package let profile: ColorProfile?
    private let data: Data
    private let options: ImageDecoder.Options
    private let format: ImageFormat
    private let table: AnimationTable
    private var canvas: Bitmap
    private var before: Bitmap?
    private var index = 0

    /// Parses the file's header and frames. Throws the errors of `ImageHeader.init(probing:limits:)`, `truncated`, and
    /// `limitExceeded` for frames with too many pixels.
    package init(_ data: Data, options: ImageDecoder.Options) throws(GessoError) {
        let read = try data.withBytes { bytes throws(GessoError) in
            let probe = try HeaderParser(bytes, limits: options.limits)
            guard options.limits.formats.contains(probe.facts.format) else {
                throw GessoError(
                    .unsupportedFormat, stage: "decode",
                    "The content is \(probe.facts.format), which limits.formats does not contain; add it.",
                    facts: ["found": probe.facts.format.rawValue])
            }
            guard !probe.facts.isTruncated else {
                throw .truncatedHeader(probe.facts.format, at: bytes.count)
            }
            try options.checkMemory(for: probe.header)
            var job = DecodeJob(bytes: bytes, facts: probe.facts, options: options)
            try job.chooseProfile()
            return (try AnimationTable(bytes, probe.facts, options.limits), probe.facts.format, job.profile)
        }
        (table, format, profile) = read
        self.data = data
        self.options = options
        size = table.size
        frameCount = max(1, table.frames.count)
        plays = table.plays
        canvas = try Bitmap(size: table.size, format: .rgba8)
    }

    /// The next frame, RGBA of 8 bits, and how long it is shown; nil after the last one.
    package mutating func next() throws(GessoError) -> (bitmap: Bitmap, milliseconds: Int)? {
        guard index < table.frames.count else { return nil }
        if Task.isCancelled { throw GessoError(.cancelled, stage: "decode", "The task was cancelled.") }
        if index > 0 { try dispose(of: table.frames[index - 1]) }
        let frame = table.frames[index]
        if frame.disposal == .restore { before = canvas }
        try draw(frame)
        index += 1
        return (canvas, frame.milliseconds)
    }

    private mutating func dispose(of frame: AnimationTable.Frame) throws(GessoError) {
        switch frame.disposal {
        case .keep: break
        case .clear:
            try canvas.withCodecImage { target throws(GessoError) in
                gesso_animation_clear(
                    &target, Int64(frame.rect.x), Int64(frame.rect.y), UInt32(frame.rect.width),
                    UInt32(frame.rect.height))
            }
        case .restore:
            if let before { canvas = before }
            before = nil
        }
    }

    private mutating func draw(_ frame: AnimationTable.Frame) throws(GessoError) {
        let (format, options) = (format, options)
        var drawn = try data.withBytes { bytes throws(GessoError) in
            guard let payload = bytes.slice(frame.payload.lowerBound, frame.payload.count) else {
                throw .truncatedHeader(format, at: bytes.count)
            }
            return switch format {
            case .gif: try frame.decodeGIF(payload, bytes, options)
            case .webp: try frame.decodeWebP(payload, options)
            default: try frame.decodePNG(payload, bytes, options)
            }
        }
        try canvas.withCodecImage { target throws(GessoError) in
            try drawn.withCodecImage { source throws(GessoError) in
                gesso_animation_draw(
                    &target, &source, Int64(frame.rect.x), Int64(frame.rect.y), frame.blends ? 1 : 0)
            }
        }
    }
}

extension AnimationTable.Frame {
    fileprivate func decodeGIF(
        _ payload: Bytes, _ file: Bytes, _ options: ImageDecoder.Options
    ) throws(GessoError) -> Bitmap {
        guard let gif, let palette = file.slice(gif.palette.lowerBound, gif.palette.count) else {
            throw .corruptHeader(.gif, "a palette that is cut off", at: self.payload.lowerBound)
        }
        var result = try Bitmap(size: rect.size, format: .rgba8)
        var (report, watch) = (gesso_codec_report(), options.limits.watch)
        var shape = gesso_gif_frame(
            x: 0, y: 0, width: UInt32(rect.width), height: UInt32(rect.height), interlaced: gif.isInterlaced ? 1 : 0,
            transparent: Int32(gif.transparentIndex ?? -1), palette: palette.start, colors: Int32(palette.count / 3))
        try result.withCodecImage { image throws(GessoError) in
            gesso_gif_decode(
                payload.start, payload.count, &shape, options.level.codecLevel, &image, &watch, &report)
        }
        try report.check(stage: "decode", format: .gif)
        return result
    }

    fileprivate func decodeWebP(_ payload: Bytes, _ options: ImageDecoder.Options) throws(GessoError) -> Bitmap {
        var result = try Bitmap(size: rect.size, format: .rgba8)
        var (report, watch) = (gesso_codec_report(), options.limits.watch)
        var header = gesso_codec_header(width: UInt32(rect.width), height: UInt32(rect.height), channels: 0)
        try result.withCodecImage { image throws(GessoError) in
            gesso_webp_decode(
                payload.start, payload.count, &header, options.level.codecLevel, &image, &watch, &report)
        }
        try report.check(stage: "decode", format: .webp)
        return result
    }

    /// Decodes the frame as a PNG of its own: the header with the frame's size, palette and transparent color, and the
    /// frame's data as IDAT.
    fileprivate func decodePNG(
        _ payload: Bytes, _ file: Bytes, _ options: ImageDecoder.Options
    ) throws(GessoError) -> Bitmap {
        let file = try StandalonePNG(of: file, frame: payload, size: rect.size)
        let probe = try HeaderParser(file.bytes, limits: options.limits)
        // A damaged frame is an error also if lenient, as its wrong checksum is.
        let level = options.level == .strict ? options.level : .standard
        var job = DecodeJob(
            bytes: file.bytes, facts: probe.facts, options: ImageDecoder.Options(limits: options.limits, level: level))
        try job.decodePNG()
        guard let bitmap = job.bitmap, bitmap.size == rect.size else {
            throw .corruptHeader(.png, "a frame of another size", at: self.payload.lowerBound)
        }
        return try bitmap.converted(to: .rgba8)
    }
}

/// A frame of an animated PNG as a file of its own, in memory.
private final class StandalonePNG {
    let bytes: Bytes
    private let memory: UnsafeMutablePointer<UInt8>

    /// The chunks get new checksums; those in the file were checked when its frames were listed.
    init(of file: Bytes, frame: Bytes, size: Size) throws(GessoError) {
        // The chunks of the frame only lose their sequence numbers; the others are at most those before the pixels.
        guard let header = file.slice(0, PNGChunks.headerLength) else { throw .truncatedHeader(.png, at: file.count) }
        var parts: [(type: UInt32, body: Bytes)] = []
        var reader = PNGChunks(file, from: PNGChunks.headerLength)
        while let chunk = reader.next(), let body = chunk.body, chunk.type != FourCC.IDAT {
            if chunk.type == FourCC.PLTE || chunk.type == FourCC.tRNS { parts.append((chunk.type, body)) }
        }
        reader = PNGChunks(frame, from: 0)
        while let chunk = reader.next(), let body = chunk.body {
            if chunk.type == FourCC.IDAT { parts.append((FourCC.IDAT, body)) }
            if chunk.type == FourCC.fdAT { parts.append((FourCC.IDAT, body.suffix(from: 4))) }
        }
        let count = header.count + 12 + parts.reduce(0) { $0 + 12 + $1.body.count }
        guard let memory = gesso_codec_allocate(count) else {
            throw GessoError(.outOfMemory, stage: "decode", "No memory for a frame of the png.")
        }
        self.memory = memory
        var position = 0
        func put(_ part: Bytes) {
            if let start = part.start { (memory + position).update(from: start, count: part.count) }
            position += part.count
        }
        func put(_ value: Int) {
            for shift in [24, 16, 8, 0] {
                memory[position] = UInt8(truncatingIfNeeded: value >> shift)
                position += 1
            }
        }
        func finish(_ start: Int) { put(Int(gesso_crc32(0, memory + start, position - start))) }
        put(header)
        position = 16
        put(size.width)
        put(size.height)
        position = 29
        finish(12)
        for part in parts + [(FourCC.IEND, file.suffix(from: file.count))] {
            put(part.body.count)
            let start = position
            put(Int(part.type))
            put(part.body)
            finish(start)
        }
        bytes = Bytes(buffer: UnsafeRawBufferPointer(start: memory, count: position))
    }

    deinit { gesso_codec_free(memory) }
}
