import Foundation

/// A valid file, damaged by a seed in a way that passes the first checks of its format.
struct Mutant {
    enum Kind: String, CaseIterable {
        case pngChunks, pngPixelData, jpegBaseline, jpegProgressive, webpLossy, webpLossless

        var seeds: [String] {
            switch self {
            case .pngChunks:
                ["rgb8.png", "palette8_key.png", "grayalpha8.png", "gray1_adam7.png", "rgba8.png", "meta.png"]
            case .pngPixelData: ["rgb8.png", "rgba8.png", "gray8.png", "palette8_key.png"]
            case .jpegBaseline: ["j420.jpg", "j444.jpg", "jgray.jpg", "jrestart.jpg", "jcmyk.jpg", "meta.jpg"]
            case .jpegProgressive: ["jprogressive.jpg", "jarithmetic.jpg"]
            case .webpLossy: ["wlossy.webp", "walpha.webp", "wexif.webp"]
            case .webpLossless: ["wlossless.webp", "wlosslessalpha.webp"]
            }
        }
    }

    private(set) var bytes: [UInt8]
    /// Whether this is a valid file truncated at the end.
    let isCut: Bool

    /// Chooses one of `files`. Every fourth is truncated, the others are damaged in one to four places.
    init(_ kind: Kind, _ files: [[UInt8]], _ noise: inout Noise) {
        bytes = files[noise.below(files.count)]
        isCut = noise.below(4) == 0
        if isCut {
            // Truncation inside the last part of coded data is the hardest to detect.
            let keep =
                noise.below(2) == 0 ? noise.below(bytes.count) : bytes.count - 1 - noise.below(min(40, bytes.count))
            bytes = Array(bytes[..<keep])
            return
        }
        switch kind {
        case .pngChunks:
            damage(&noise)
            if noise.below(3) == 0 { rearrange(PNGBuilder.pieces(bytes), &noise) }
            bytes = PNGBuilder.repaired(bytes)
        case .pngPixelData: bytes = Mutant.rewritten(bytes, &noise)
        case .jpegBaseline, .jpegProgressive:
            if noise.below(3) == 0 { rearrange(Mutant.segments(bytes), &noise) } else { damage(&noise) }
        case .webpLossy, .webpLossless:
            damage(&noise)
            if noise.below(3) == 0 { rearrange(Mutant.riffChunks(bytes), &noise) }
            Mutant.repairRIFF(&bytes)
        }
    }

    /// Changes bits and bytes, or inserts and removes bytes, anywhere.
    private mutating func damage(_ noise: inout Noise) {
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
    }

    /// Removes, duplicates, moves, shortens, lengthens or renames one of the file's parts.
    private mutating func rearrange(_ pieces: [Range<Int>], _ noise: inout Noise) {
        guard pieces.count > 1 else { return }
        let (piece, other) = (pieces[noise.below(pieces.count)], pieces[noise.below(pieces.count)])
        let content = Array(bytes[piece])
        switch noise.below(6) {
        case 0: bytes.removeSubrange(piece)
        case 1: bytes.insert(contentsOf: content, at: other.lowerBound)
        case 2:
            let target = Array(bytes[other])
            let (first, last) = piece.lowerBound < other.lowerBound ? (piece, other) : (other, piece)
            guard first.upperBound <= last.lowerBound else { return }
            bytes.replaceSubrange(last, with: first == piece ? content : target)
            bytes.replaceSubrange(first, with: first == piece ? target : content)
        case 3: bytes.removeSubrange((piece.upperBound - noise.below(content.count))..<piece.upperBound)
        case 4: bytes.insert(UInt8(noise.below(256)), at: piece.upperBound)
        default:
            // The name or the length of a chunk or segment is in its first eight bytes.
            let at = piece.lowerBound + noise.below(min(8, content.count))
            bytes[at] = UInt8(noise.below(256))
        }
    }

    /// Keeps the header and replaces the pixel data by random bytes, stored, or damaged inside their compression;
    /// checksums are correct.
    private static func rewritten(_ file: [UInt8], _ noise: inout Noise) -> [UInt8] {
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

    /// The marker segments, each with the coded data after it (ITU-T T.81, B.1.1).
    private static func segments(_ file: [UInt8]) -> [Range<Int>] {
        var (pieces, position) = ([Range<Int>](), 2)
        while position + 4 <= file.count, file[position] == 0xFF {
            let start = position
            position += 2 + Int(file[position + 2]) << 8 + Int(file[position + 3])
            while position + 1 < file.count,
                file[position] != 0xFF || [0x00, 0xFF].contains(file[position + 1])
                    || (0xD0...0xD7).contains(file[position + 1])
            { position += 1 }
            guard position <= file.count else { break }
            pieces.append(start..<position)
        }
        return pieces
    }

    private static func riffChunks(_ file: [UInt8]) -> [Range<Int>] {
        var (pieces, position) = ([Range<Int>](), 12)
        while position + 8 <= file.count {
            let length = (0..<4).reduce(0) { $0 | Int(file[position + 4 + $1]) << (8 * $1) }
            let end = position + 8 + length + length & 1
            guard end <= file.count else { break }
            pieces.append(position..<end)
            position = end
        }
        return pieces
    }

    /// Corrects the container's length.
    private static func repairRIFF(_ bytes: inout [UInt8]) {
        guard bytes.count > 12 else { return }
        for i in 0..<4 { bytes[4 + i] = UInt8(truncatingIfNeeded: (bytes.count - 8) >> (8 * i)) }
    }
}
