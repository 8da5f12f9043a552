import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes EXIF: a new block, or a copy of another file's block that describes the new image.
enum EXIFBlock {
    private enum Tag {
        static let imageWidth = 0x0100
        static let imageLength = 0x0101
        static let orientation = 0x0112
        static let artist = 0x013B
        static let subDirectories = 0x014A
        /// Offsets and lengths of strips, tiles and JPEG thumbnails.
        static let imagePairs = [(0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202)]
        static let images: Set<Int> = [0x0111, 0x0117, 0x0144, 0x0145, 0x0201, 0x0202]
        static let copyright = 0x8298
        static let exifDirectory = 0x8769
        static let colorSpace = 0xA001
        static let pixelWidth = 0xA002
        static let pixelHeight = 0xA003
    }

    /// A block with only the artist and the copyright notice of `source`; nil if it has neither.
    static func ownership(of source: Bytes) -> Data? {
        guard let block = TIFFBlock(source) else { return nil }
        let texts = block.entries(at: block.start).compactMap { entry -> (tag: Int, text: [UInt8])? in
            guard entry.tag == Tag.artist || entry.tag == Tag.copyright else { return nil }
            return block.text(entry, maximum: 4096).map { (entry.tag, [UInt8]($0.buffer)) }
        }
        return texts.isEmpty ? nil : making(texts: texts, orientation: .up)
    }

    /// A block with only an orientation.
    static func stating(_ orientation: Orientation) -> Data { making(texts: [], orientation: orientation) }

    /// Encodes one directory and its values, little endian (TIFF 6.0, 2).
    private static func making(texts: [(tag: Int, text: [UInt8])], orientation: Orientation) -> Data {
        // The orientation is always included, so that it can be changed later.
        let stated = (tag: Tag.orientation, type: 3, count: 1, value: [UInt8(orientation.rawValue), 0])
        var entries = texts.map { (tag: $0.tag, type: 2, count: $0.text.count, value: $0.text) } + [stated]
        entries.sort { $0.tag < $1.tag }
        var directory = Array("II*\0".utf8) + little(8, 4) + little(entries.count, 2)
        var values: [UInt8] = []
        let start = directory.count + entries.count * 12 + 4
        for entry in entries {
            directory += little(entry.tag, 2) + little(entry.type, 2) + little(entry.count, 4)
            if entry.value.count <= 4 {
                directory += entry.value + Array(repeating: 0, count: 4 - entry.value.count)
            } else {
                directory += little(start + values.count, 4)
                values += entry.value
                if values.count % 2 == 1 { values.append(0) }
            }
        }
        return Data(directory + little(0, 4) + values)
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A copy of `source` with the orientation, size and color space of the new image.
    ///
    /// No value is moved, because maker notes contain offsets in unknown places. Nil if `source` is not EXIF, or if it
    /// has no entry for an orientation other than `.up`.
    static func describing(_ source: Data, orientation: Orientation, size: Size, isSRGB: Bool) -> Data? {
        source.withBytes { bytes -> Data? in
            guard let block = TIFFBlock(bytes) else { return nil }
            var file = [UInt8](bytes.buffer)
            var sawOrientation = false
            var sawDirectory = false
            let first = firstDirectory(block)
            for entry in block.entries(at: block.start) {
                switch entry.tag {
                case Tag.orientation:
                    set(entry, to: orientation.rawValue, block, &file)
                    sawOrientation = true
                case Tag.imageWidth: set(entry, to: size.width, block, &file)
                case Tag.imageLength: set(entry, to: size.height, block, &file)
                // Only the first counts: hundreds of pointers to one directory would cost as many passes over it.
                case Tag.exifDirectory where !sawDirectory:
                    sawDirectory = true
                    guard let position = block.number(entry) else { continue }
                    let entries = block.entries(at: position)
                    guard !(position..<position + 2 + entries.count * 12).overlaps(first) else { continue }
                    for entry in entries {
                        switch entry.tag {
                        case Tag.colorSpace: set(entry, to: isSRGB ? 1 : 0xFFFF, block, &file)
                        case Tag.pixelWidth: set(entry, to: size.width, block, &file)
                        case Tag.pixelHeight: set(entry, to: size.height, block, &file)
                        default: break
                        }
                    }
                default: break
                }
            }
            return sawOrientation || orientation == .up ? Data(file) : nil
        }
    }

    /// The range of IFD0, with the pointer to the next directory at its end.
    private static func firstDirectory(_ block: TIFFBlock) -> Range<Int> {
        block.start..<block.start + 2 + block.entries(at: block.start).count * 12 + 4
    }

    /// Overwrites an entry's value with one number, as SHORT if it fits and else as LONG.
    private static func set(_ entry: TIFFBlock.Entry, to value: Int, _ block: TIFFBlock, _ file: inout [UInt8]) {
        let isShort = value < 0x1_0000
        put(isShort ? 3 : 4, 2, at: entry.position + 2, block, &file)
        put(1, 4, at: entry.position + 4, block, &file)
        put(0, 4, at: entry.position + 8, block, &file)
        put(value, isShort ? 2 : 4, at: entry.position + 8, block, &file)
    }

    /// Overwrites bytes of an entry; the caller makes sure that the entry is inside the block.
    private static func put(_ value: Int, _ count: Int, at position: Int, _ block: TIFFBlock, _ file: inout [UInt8]) {
        let bytes = little(value, count)
        file.replaceSubrange(position..<position + count, with: block.littleEndian ? bytes : bytes.reversed())
    }

    /// A copy of `source` without thumbnails: without IFD1 and the directories after it, and without the images that any
    /// directory refers to. Nil if it is not EXIF, or if an image overlaps IFD0.
    ///
    /// Maker notes are kept as they are.
    static func withoutThumbnail(_ source: Bytes) -> Data? {
        guard let block = TIFFBlock(source) else { return nil }
        var file = [UInt8](source.buffer)
        let first = firstDirectory(block)
        var cleared: [Range<Int>] = []
        var position = block.next(after: block.start) ?? 0
        // Writers use two directories; more may form a loop.
        for _ in 0..<8 where position != 0 && block.bytes.has(position, 2) {
            cleared += directory(at: position, block)
            position = block.next(after: position) ?? 0
        }
        if first.upperBound <= file.count { put(0, 4, at: first.upperBound - 4, block, &file) }
        for entry in block.entries(at: block.start) {
            switch entry.tag {
            case Tag.subDirectories:
                for position in block.numbers(entry).prefix(8) { cleared += directory(at: position, block) }
                set(entry, to: 0, block, &file)
            case Tag.exifDirectory:
                guard let position = block.number(entry), !first.contains(position) else { continue }
                cleared += clearImages(block.entries(at: position), block, &file)
            default: break
            }
        }
        cleared += clearImages(block.entries(at: block.start), block, &file)
        for range in cleared {
            guard range.lowerBound >= 8, !range.overlaps(first) else { return nil }
            file.replaceSubrange(range, with: repeatElement(0, count: range.count))
        }
        while let last = cleared.first(where: { $0.upperBound == file.count && !$0.isEmpty }) {
            file.removeLast(last.count)
        }
        return Data(file)
    }

    /// The ranges of a directory and of the images that it refers to.
    private static func directory(at position: Int, _ block: TIFFBlock) -> [Range<Int>] {
        let entries = block.entries(at: position)
        let end = min(position + 2 + entries.count * 12 + 4, block.bytes.count)
        return images(entries, block) + (position < end ? [position..<end] : [])
    }

    /// The same for a directory that stays; its entries then refer to no image.
    private static func clearImages(
        _ entries: [TIFFBlock.Entry], _ block: TIFFBlock, _ file: inout [UInt8]
    ) -> [Range<Int>] {
        let images = images(entries, block)
        guard !images.isEmpty else { return [] }
        for entry in entries where Tag.images.contains(entry.tag) { set(entry, to: 0, block, &file) }
        return images
    }

    /// The ranges of the images that entries refer to: a JPEG, strips or tiles (TIFF 6.0, 8 and 15; EXIF 2.32, 4.5.2).
    private static func images(_ entries: [TIFFBlock.Entry], _ block: TIFFBlock) -> [Range<Int>] {
        func values(_ tag: Int) -> [Int] { entries.first { $0.tag == tag }.map(block.numbers) ?? [] }
        return Tag.imagePairs.flatMap { offsets, lengths in
            zip(values(offsets), values(lengths)).compactMap { offset, length in
                block.bytes.has(offset, length) && length > 0 ? offset..<offset + length : nil
            }
        }
    }

    /// Whether a block without thumbnails still holds a JPEG, as maker notes do.
    static func holdsPreview(_ block: Data) -> Bool {
        block.withBytes { $0.contains("\u{ff}\u{d8}\u{ff}") }
    }
}
