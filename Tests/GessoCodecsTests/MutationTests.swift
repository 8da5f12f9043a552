import CGessoCodecs
import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Seeded damage: no crash, no hang, and nothing corrupt that passes as complete.
@Suite struct MutationTests {
    enum Kind: String, CaseIterable {
        case pngChunks, pngPixelData, jpegBaseline, jpegProgressive, webpLossy, webpLossless

        var seeds: [String] {
            switch self {
            case .pngChunks: ["rgb8.png", "palette8_key.png", "grayalpha8.png", "gray1_adam7.png", "rgba8.png"]
            case .pngPixelData: ["rgb8.png", "rgba8.png", "gray8.png", "palette8_key.png"]
            case .jpegBaseline: ["j420.jpg", "j444.jpg", "jgray.jpg", "jrestart.jpg", "jcmyk.jpg"]
            case .jpegProgressive: ["jprogressive.jpg", "jarithmetic.jpg"]
            case .webpLossy: ["wlossy.webp", "walpha.webp", "wexif.webp"]
            case .webpLossless: ["wlossless.webp", "wlosslessalpha.webp"]
            }
        }
    }

    /// One of the kind's files, damaged in a way that gets past its first checks; and whether it was cut short.
    static func mutant(_ kind: Kind, _ noise: inout Noise, _ files: [[UInt8]]) -> (bytes: [UInt8], isCut: Bool) {
        var bytes = files[noise.below(files.count)]
        if noise.below(4) == 0 {
            // A cut inside the last piece of coded data is the hardest to notice.
            let keep =
                noise.below(2) == 0 ? noise.below(bytes.count) : bytes.count - 1 - noise.below(min(40, bytes.count))
            return (Array(bytes[..<keep]), true)
        }
        for _ in 0...noise.below(4) {
            let at = noise.below(bytes.count)
            switch noise.below(5) {
            case 0: bytes[at] ^= 1 << noise.below(8)
            case 1: bytes[at] = UInt8(noise.below(256))
            case 2: bytes[at] = [0, 1, 127, 128, 254, 255][noise.below(6)]
            case 3: bytes.insert(UInt8(noise.below(256)), at: at)
            default: bytes.replaceSubrange(at..<min(bytes.count, at + 1 + noise.below(9)), with: [])
            }
        }
        switch kind {
        case .pngChunks: bytes = PNGBuilder.repaired(bytes)
        case .pngPixelData: bytes = rewritten(files[noise.below(files.count)], &noise)
        case .webpLossy, .webpLossless:
            // The container agrees with its length again.
            let riff = UInt32(truncatingIfNeeded: bytes.count - 8)
            if bytes.count > 12 { for i in 0..<4 { bytes[4 + i] = UInt8(truncatingIfNeeded: riff >> (8 * UInt32(i))) } }
        default: break
        }
        return (bytes, false)
    }

    /// The same header over pixel data of any bytes, stored or damaged inside their own compression, sums made right.
    static func rewritten(_ file: [UInt8], _ noise: inout Noise) -> [UInt8] {
        let first = (8..<file.count - 4).first { Array(file[$0..<$0 + 4]) == Array("IDAT".utf8) } ?? 12
        let head = Array(file[..<(first - 4)])
        let tail = PNGBuilder.chunk("IEND", [])
        if noise.below(2) == 0 {
            let length = file[first - 4..<first].reduce(0) { $0 << 8 | Int($1) }
            var stream = Array(file[first + 4..<first + 4 + length])
            for _ in 0...noise.below(3) { stream[noise.below(stream.count)] ^= 1 << noise.below(8) }
            return PNGBuilder.repaired(head + PNGBuilder.chunk("IDAT", stream) + Array(file[(first + 8 + length)...]))
        }
        let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][Int(file[25])] ?? 1
        var rows: [UInt8] = []
        let worst = 5 + (noise.below(4) == 0 ? 1 : 0)
        for _ in 0..<29 + (noise.below(6) == 0 ? noise.below(3) - 1 : 0) {
            rows.append(UInt8(noise.below(worst)))
            for _ in 0..<37 * channels { rows.append(UInt8(noise.below(256))) }
        }
        return head + PNGBuilder.chunk("IDAT", PNGBuilder.zlib(rows)) + tail
    }

    /// What libpng alone makes of it; nil when it refuses.
    static func byLibPNG(_ data: Data, as format: PixelFormat, _ size: Size) throws -> Bitmap? {
        var bitmap = try Bitmap(size: size, format: format)
        var report = gesso_codec_report()
        let stride = bitmap.bytesPerRow
        try bitmap.withMutableBytes { bytes throws(GessoError) in
            bytes.withUnsafeMutableBytes { buffer in
                data.withUnsafeBytes { file in
                    var image = gesso_codec_image(
                        pixels: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes_per_row: stride,
                        width: UInt32(size.width), height: UInt32(size.height), channels: Int32(format.channels),
                        bits: 8, capacity: buffer.count)
                    gesso_png_decode_by_libpng(
                        file.baseAddress?.assumingMemoryBound(to: UInt8.self), file.count, 1, &image, nil, &report)
                }
            }
        }
        return report.status == GESSO_CODEC_OK ? bitmap : nil
    }

    @Test("Five thousand mutants of each kind", .timeLimit(.minutes(15)), arguments: Kind.allCases)
    func mutants(kind: Kind) throws {
        let files = try kind.seeds.map { [UInt8](try Fixture.data($0)) }
        var noise = Noise(seed: 20_26 + UInt64(kind.seeds.count))
        var (accepted, cutButAccepted, disagreements, refusedAlone) = (0, [Int](), [Int](), [Int]())
        for index in 0..<5000 {
            let (bytes, isCut) = Self.mutant(kind, &noise, files)
            let data = Data(bytes)
            let image = try? ImageDecoder.decode(data)
            if image != nil { accepted += 1 }
            if isCut, image != nil { cutButAccepted.append(index) }
            guard data.starts(with: PNGBuilder.signature) else { continue }
            if let image {
                let judged = try Self.byLibPNG(data, as: image.bitmap.format, image.bitmap.size)
                if judged != image.bitmap { disagreements.append(index) }
            } else if let header = try? ImageHeader(probing: data), Self.isPlain(data) {
                let format: PixelFormat = header.hasAlpha ? .rgba8 : header.colorModel == .gray ? .gray8 : .rgb8
                if try Self.byLibPNG(data, as: format, header.size) != nil { refusedAlone.append(index) }
            }
        }
        #expect(cutButAccepted.isEmpty)
        #expect(disagreements.isEmpty)
        #expect(refusedAlone.isEmpty)
        // Damage that only shows in the pixels is let through: the test would be empty otherwise.
        #expect(accepted > 50)
    }

    /// Whether all sums are right and the picture's chunks stand together: then only the pixels can be at fault.
    static func isPlain(_ data: Data) -> Bool {
        let bytes = [UInt8](data)
        guard PNGBuilder.repaired(bytes) == bytes else { return false }
        var (position, places, previous, ended) = (8, 0, "", false)
        while position + 12 <= bytes.count, !ended {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            let type = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
            if type == "IDAT", previous != "IDAT" { places += 1 }
            ended = type == "IEND"
            previous = type
            position += 12 + length
        }
        return places == 1 && ended
    }
}
