import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Animations compared with the frames that Pillow shows, and for PNG with those of the specification.
@Suite struct AnimationTests {
    static let names = [
        "keep.gif", "background.gif", "previous.gif", "mixed.gif", "blend.webp", "replace.webp", "dispose.webp",
        "lossy.webp", "keep.png", "mixed.png",
    ]

    static func data(_ name: String) throws -> Data { try Fixture.data("../animation/\(name)") }

    /// The golden frames, one below the other; what is not seen is transparent black.
    static func golden(_ name: String) throws -> (stack: [UInt16], milliseconds: [Int], loops: Int?) {
        let stem = name.replacingOccurrences(of: ".", with: "-")
        let text = String(decoding: try data("\(stem).txt"), as: UTF8.self).split(separator: "\n")
        return (
            try Fixture.pixels("../animation/\(stem).pam").samples, text.dropLast().compactMap { Int($0) },
            text.last.flatMap { Int($0) }
        )
    }

    static var options: ImageDecoder.Options {
        var options = ImageDecoder.Options()
        options.limits.formats.insert(.gif)
        return options
    }

    /// All frames, one below the other, with transparent black for what is not seen, and their times.
    static func frames(_ data: Data) throws -> (stack: [UInt16], milliseconds: [Int], plays: Int) {
        var reader = try AnimationReader(data, options: options)
        var (stack, milliseconds) = ([UInt16](), [Int]())
        while let frame = try reader.next() {
            var samples = frame.bitmap.samples
            for pixel in stride(from: 0, to: samples.count, by: 4) where samples[pixel + 3] == 0 {
                samples.replaceSubrange(pixel..<pixel + 3, with: [0, 0, 0])
            }
            stack += samples
            milliseconds.append(frame.milliseconds)
        }
        return (stack, milliseconds, reader.plays)
    }

    @Test("Every disposal and blending gives the frames that a viewer shows", arguments: names)
    func frames(name: String) throws {
        let (found, golden) = (try Self.frames(try Self.data(name)), try Self.golden(name))
        #expect(found.milliseconds == golden.milliseconds)
        try #require(found.stack.count == golden.stack.count)
        let worst = zip(found.stack, golden.stack).map { abs(Int($0) - Int($1)) }.max() ?? 0
        // libwebp's decoder blends with factors of eight bits, rounded down.
        #expect(worst <= (name.hasSuffix("webp") ? 3 : 0))
    }

    @Test(
        "The loop count is that of the file: a GIF states repetitions, a WebP and a PNG how often it is played",
        arguments: [
            ("keep.gif", 0), ("background.gif", 4), ("previous.gif", 1), ("mixed.gif", 2), ("blend.webp", 0),
            ("replace.webp", 2), ("dispose.webp", 1), ("keep.png", 0), ("mixed.png", 2),
        ])
    func loops(name: String, plays: Int) throws {
        #expect(try AnimationReader(try Self.data(name), options: Self.options).plays == plays)
    }

    @Test("Frames come back from a lossless animated WebP, with times and loop count", arguments: names)
    func roundTrip(name: String) throws {
        var reader = try AnimationReader(try Self.data(name), options: Self.options)
        let encoder = try AnimationEncoder(size: reader.size, plays: reader.plays, as: .webpLossless)
        while let frame = try reader.next() { try encoder.add(frame.bitmap, milliseconds: frame.milliseconds) }
        let file = try encoder.finish(profile: nil, metadata: .none)
        let (before, after) = (try Self.frames(try Self.data(name)), try Self.frames(file.data))
        #expect(after.milliseconds == before.milliseconds)
        #expect(after.plays == before.plays)
        #expect((after.stack == before.stack) == true)
    }

    @Test("A profile and metadata leave an animation one")
    func metadata() throws {
        let kept = try ImageMetadata(of: try Fixture.data("wexif.webp"), policy: .keep)
        let encoder = try AnimationEncoder(size: Size(width: 9, height: 7), plays: 3, as: .webp)
        for level in 0..<3 {
            let bitmap = try Bitmap.of(Size(width: 9, height: 7), .rgb8) { _ in UInt16(level * 80) }
            try encoder.add(bitmap, milliseconds: 40)
        }
        let file = try encoder.finish(profile: .displayP3, metadata: kept)
        let header = try ImageHeader(probing: file.data)
        #expect(header.frameCount == 3)
        #expect(header.metadata.isSuperset(of: [.exif, .icc]))
        #expect(try AnimationReader(file.data, options: Self.options).plays == 3)
    }

    @Test(
        "Frames × pixels above the limit are refused before anything is decoded",
        arguments: ["keep.gif", "blend.webp", "keep.png"])
    func limit(name: String) throws {
        var options = Self.options
        options.limits.animationPixelCount = 5 * 60 * 40 - 1
        let error = #expect(throws: GessoError.self) { try AnimationReader(try Self.data(name), options: options) }
        #expect(error?.code == .limitExceeded && error?.facts["what"] == "animation pixels")
        options.limits.animationPixelCount += 1
        #expect(throws: Never.self) { try AnimationReader(try Self.data(name), options: options) }
    }

    @Test("An animation truncated at any byte is an error", arguments: ["mixed.gif", "dispose.webp", "mixed.png"])
    func truncated(name: String) throws {
        let whole = try Self.data(name)
        let frames = try Self.frames(whole).milliseconds.count
        let accepted = (0..<whole.count).filter { count in
            (try? Self.frames(whole.prefix(count)))?.milliseconds.count ?? 0 > frames
                || (try? Self.frames(whole.prefix(count))) != nil && count < whole.count - 1
        }
        #expect(accepted == [])
    }

    @Test("Damage gives an error or frames of one size", arguments: ["mixed.gif", "dispose.webp", "mixed.png"])
    func damaged(name: String) throws {
        let whole = [UInt8](try Self.data(name))
        var noise = Noise(seed: 5)
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0...noise.below(3) { bytes[noise.below(bytes.count)] = UInt8(noise.below(256)) }
            guard var reader = try? AnimationReader(Data(bytes), options: Self.options) else { continue }
            while let frame = try? reader.next() { #expect(frame.bitmap.size == reader.size) }
        }
    }

    @Test(
        "A wrong checksum is an error in every chunk of an animated PNG",
        arguments: ["IHDR", "acTL", "fcTL", "IDAT", "fdAT"])
    func checksums(type: String) throws {
        var file = [UInt8](try Self.data("mixed.png"))
        let name = Array(type.utf8)
        let at = try #require((8..<file.count - 4).first { Array(file[$0..<$0 + 4]) == name })
        let length = file[at - 4..<at].reduce(0) { $0 << 8 | Int($1) }
        file[at + 4 + length] ^= 1
        let error = #expect(throws: GessoError.self) { try Self.frames(Data(file)) }
        #expect(error?.code == .corrupt)
    }

    @Test("Equal frames with a transparent border become one image of the whole canvas")
    func single() throws {
        let size = Size(width: 24, height: 16)
        let bitmap = try Bitmap.of(size, .rgba8) { index in
            let (x, y) = (index / 4 % 24, index / 96)
            guard 6..<18 ~= x, 4..<12 ~= y else { return 0 }
            return index % 4 == 3 ? 255 : UInt16(x * 9 + y)
        }
        let encoder = try AnimationEncoder(size: size, plays: 0, as: .webpLossless)
        for _ in 0..<2 { try encoder.add(bitmap, milliseconds: 40) }
        let image = try ImageDecoder.decode(try encoder.finish(profile: nil, metadata: .none).data)
        #expect(image.header.frameCount == 1 && image.bitmap.size == size)
        #expect(PNGReductionTests.visible(image.bitmap) == PNGReductionTests.visible(bitmap))
    }

    @Test("The end of an animation can be cancelled")
    func cancelled() async throws {
        let size = Size(width: 24, height: 16)
        let bitmap = try Bitmap.textured(size, .rgba8)
        let error = await #expect(throws: GessoError.self) {
            try await Task {
                let encoder = try AnimationEncoder(size: size, plays: 0, as: .webpLossless)
                try encoder.add(bitmap, milliseconds: 40)
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try encoder.finish(profile: nil, metadata: .none)
            }.value
        }
        #expect(error?.code == .cancelled)
    }

    @Test("Settings out of range are refused, as for a still image", arguments: [Int.max, Int.min, -1, 101])
    func settings(value: Int) throws {
        let bitmap = try Bitmap(size: Size(width: 4, height: 4), format: .rgb8)
        for encoding in [
            ImageEncoding.webp(quality: value), .webp(method: value), .webp(alphaQuality: value),
            .webpLossless(effort: value), .webpLossless(nearLossless: value),
        ] {
            let still = #expect(throws: GessoError.self) { try ImageEncoder.encode(bitmap, as: encoding) }
            let animated = #expect(throws: GessoError.self) {
                try AnimationEncoder(size: bitmap.size, plays: 0, as: encoding)
            }
            #expect(animated?.code == .invalidParameter && animated?.facts["allowed"] != nil)
            #expect(animated == still)
        }
    }

    @Test("A side that is too long is refused")
    func longSide() {
        let error = #expect(throws: GessoError.self) {
            try AnimationEncoder(size: Size(width: 16_384, height: 1), plays: 0, as: .webp)
        }
        #expect(error?.code == .sideTooLong && error?.facts["allowed"] == "16383")
    }

    /// Two frames of gray with a transparent color.
    private static func animatedPNG(transparency: [UInt8]) -> Data {
        func numbers(_ values: [Int]) -> [UInt8] { values.flatMap { PNGBuilder.number($0) } }
        func control(_ sequence: Int) -> [UInt8] {
            PNGBuilder.chunk("fcTL", numbers([sequence, 2, 1, 0, 0]) + [0, 1, 0, 10, 0, 0])
        }
        let pixels = PNGBuilder.zlib([0, 5, 6])
        var file = PNGBuilder.signature
        file += PNGBuilder.chunk("IHDR", numbers([2, 1]) + [8, 0, 0, 0, 0])
        file += PNGBuilder.chunk("acTL", numbers([2, 0]))
        file += PNGBuilder.chunk("tRNS", transparency)
        file += control(0) + PNGBuilder.chunk("IDAT", pixels)
        file += control(1) + PNGBuilder.chunk("fdAT", numbers([2]) + pixels)
        return Data(file + PNGBuilder.chunk("IEND", []))
    }

    @Test("Frames of a PNG are decoded at the level that was asked for")
    func level() throws {
        func count(_ transparency: [UInt8], _ level: ImageDecoder.Options.Level) throws -> Int {
            var reader = try AnimationReader(
                Self.animatedPNG(transparency: transparency), options: ImageDecoder.Options(level: level))
            var count = 0
            while try reader.next() != nil { count += 1 }
            return count
        }
        #expect(try count([0, 5], .strict) == 2)
        #expect(try count([0, 5, 9, 9], .standard) == 2)
        let error = #expect(throws: GessoError.self) { try count([0, 5, 9, 9], .strict) }
        #expect(error?.code == .corrupt)
    }

    @Test("Another format than WebP is refused")
    func format() {
        for encoding in [ImageEncoding.png, .jpeg, .avif] {
            let error = #expect(throws: GessoError.self) {
                try AnimationEncoder(size: Size(width: 4, height: 4), plays: 0, as: encoding)
            }
            #expect(error?.code == .invalidParameter)
        }
    }
}
