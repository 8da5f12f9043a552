import CGessoCodecs
import GessoPixels

/// What the bitstream of a coded image states about its samples.
struct CodedSamples: Hashable {
    var isAV1: Bool
    var bits: Int
    /// 0 gray, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    var chroma: Int
    /// The size that is decoded, of which the image may be a part.
    var codedSize: Size
    /// AV1: the code points in the sequence header.
    var codePoints: CodePoints?

    var isGray: Bool { chroma == 0 }
}

/// A coded image of an item: the units of its bitstream that a decoder needs, checked.
///
/// A decoder allocates what the bitstream states, whatever the item's properties say, so each header in the bitstream
/// that states a size is read and must agree with the item. Units that add pictures or are not needed are left out.
struct CodedImage {
    let configuration: Bytes
    /// NAL units without their lengths, or OBUs; empty if the file is truncated before their end.
    private(set) var units: [Bytes] = []
    private(set) var samples: CodedSamples
    /// The memory of `units` if the item's content is in several places of the file.
    private let joined: JoinedBytes?

    /// AV1 layers of one image; each costs the decoder as much as an image.
    private static let mostFrames = 4

    init(
        _ item: HEIFContainer.Item, of size: Size, _ container: HEIFContainer, _ limits: ImageDecoder.Limits
    ) throws(GessoError) {
        let isAV1 = item.type == FourCC.av01
        guard let configuration = container.property(isAV1 ? FourCC.av1C : FourCC.hvcC, of: item) else {
            throw container.damaged("a coded image without its decoder configuration", at: container.file)
        }
        self.configuration = configuration
        samples = CodedSamples(isAV1: isAV1, bits: 8, chroma: 1, codedSize: size)
        let parts = try container.content(of: item)
        if let parts, parts.count > 1 {
            joined = try JoinedBytes(parts, container.format)
        } else {
            joined = nil
        }
        let content = joined?.bytes ?? parts?.first
        if isAV1 {
            try readAV1(content, size, container, limits)
        } else {
            try readHEVC(content, size, container, limits)
        }
        try checkLength(content?.count ?? 0, size, container)
    }

    /// Throws `corrupt` if there is more data than the samples themselves take: no encoder writes that, and decoders
    /// spend time on each byte.
    private func checkLength(_ count: Int, _ size: Size, _ container: HEIFContainer) throws(GessoError) {
        guard count > (size.pixelCount ?? 0).saturatingMultiplied(by: 8).saturatingAdding(1 << 16) else { return }
        throw container.damaged("\(count) bytes of data for an image of \(size)", at: configuration)
    }

    // MARK: HEVC

    /// HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.2.1), then NAL units with their lengths.
    private mutating func readHEVC(
        _ content: Bytes?, _ size: Size, _ container: HEIFContainer, _ limits: ImageDecoder.Limits
    ) throws(GessoError) {
        guard let lengthWidth = configuration.uint8(21).map({ Int($0 & 3) + 1 }), let arrays = configuration.uint8(22)
        else { throw container.damaged("a short hvcC", at: configuration) }
        var found: HEVCSequenceParameters?
        var position = 23
        for _ in 0..<arrays {
            guard let count = configuration.uint16(position + 1) else {
                throw container.damaged("a short hvcC", at: configuration)
            }
            position += 3
            for _ in 0..<count {
                guard let length = configuration.uint16(position), let unit = configuration.slice(position + 2, length)
                else { throw container.damaged("a short hvcC", at: configuration) }
                position += 2 + length
                try take(HEVCUnit(unit), size, &found, container, limits)
            }
        }
        position = 0
        var pictures = 0
        while let content, position < content.count {
            let length: Int? =
                switch lengthWidth {
                case 1: content.uint8(position).map(Int.init)
                case 2: content.uint16(position)
                case 4: content.uint32(position)
                default: nil
                }
            guard let length, let bytes = content.slice(position + lengthWidth, length) else {
                throw container.damaged("a NAL unit beyond its item", at: content)
            }
            position += lengthWidth + length
            let unit = HEVCUnit(bytes)
            if let unit, unit.isSlice, unit.layer == 0, unit.startsPicture {
                pictures += 1
                // An image is one picture; what follows is not shown.
                if pictures > 1 { break }
            }
            try take(unit, size, &found, container, limits)
        }
        guard let found else { throw container.damaged("HEVC without a sequence parameter set", at: configuration) }
        guard content == nil || pictures > 0 else {
            throw container.damaged("HEVC without a picture", at: configuration)
        }
        samples.bits = found.bits
        samples.chroma = found.chroma
        samples.codedSize = found.codedSize
        if content == nil { units = [] }
    }

    private mutating func take(
        _ unit: HEVCUnit?, _ size: Size, _ found: inout HEVCSequenceParameters?, _ container: HEIFContainer,
        _ limits: ImageDecoder.Limits
    ) throws(GessoError) {
        guard let unit, unit.layer == 0, unit.isParameterSet || unit.isSlice else { return }
        if unit.isSequenceParameterSet {
            guard let parameters = HEVCSequenceParameters(unit.bytes) else {
                throw container.damaged("an HEVC parameter set", at: unit.bytes)
            }
            try check(parameters.size, size, unit.bytes, container)
            if let found,
                found.codedSize != parameters.codedSize || found.bits != parameters.bits
                    || found.chroma != parameters.chroma
            {
                throw container.damaged("HEVC parameter sets that differ", at: unit.bytes)
            }
            found = parameters
        }
        units.append(unit.bytes)
        guard units.count <= limits.imageChunkCount else { throw .tooManyChunks(container.format, limits.chunkCount) }
    }

    // MARK: AV1

    /// AV1CodecConfigurationRecord, which may end with a sequence header, then OBUs (AV1 in ISOBMFF, 2.3 and 2.4).
    private mutating func readAV1(
        _ content: Bytes?, _ size: Size, _ container: HEIFContainer, _ limits: ImageDecoder.Limits
    ) throws(GessoError) {
        guard configuration.has(0, 4) else { throw container.damaged("a short av1C", at: configuration) }
        var sequence: AV1SequenceHeader?
        var frames = 0
        for bytes in [configuration.suffix(from: 4), content].compactMap(\.self) {
            var position = 0
            while position < bytes.count {
                guard let unit = AV1Unit(bytes.suffix(from: position)) else {
                    throw container.damaged("an OBU beyond its item", at: bytes)
                }
                position += unit.bytes.count
                guard unit.isSequenceHeader || unit.startsFrame || unit.continuesFrame else { continue }
                if unit.isSequenceHeader {
                    guard let header = AV1SequenceHeader(unit.payload) else {
                        throw container.damaged("an AV1 sequence header", at: unit.bytes)
                    }
                    try check(header.size, size, unit.bytes, container)
                    if let sequence, sequence.bits != header.bits || sequence.chroma != header.chroma {
                        throw container.damaged("AV1 sequence headers that differ", at: unit.bytes)
                    }
                    sequence = header
                } else if unit.startsFrame {
                    guard let sequence else { throw container.damaged("AV1 without a sequence header", at: bytes) }
                    guard !sequence.hasOwnSize(frame: unit.payload) else {
                        throw .unsupportedHEIF("an AV1 frame with a size of its own", container.format)
                    }
                    frames += 1
                    guard frames <= Self.mostFrames else {
                        throw .unsupportedHEIF("an AV1 image of more than \(Self.mostFrames) frames", container.format)
                    }
                }
                units.append(unit.bytes)
                guard units.count <= limits.imageChunkCount else {
                    throw .tooManyChunks(container.format, limits.chunkCount)
                }
            }
        }
        if let sequence {
            samples.bits = sequence.bits
            samples.chroma = sequence.chroma
            samples.codePoints = sequence.codePoints
        } else if content == nil {
            let flags = configuration.uint8(2) ?? 0
            samples.bits = flags & 0x40 == 0 ? 8 : flags & 0x20 == 0 ? 10 : 12
            samples.chroma = flags & 0x10 != 0 ? 0 : flags & 0x08 == 0 ? 3 : flags & 0x04 == 0 ? 2 : 1
        } else {
            throw container.damaged("AV1 without a sequence header", at: configuration)
        }
        guard content == nil || frames > 0 else { throw container.damaged("AV1 without a frame", at: configuration) }
        samples.codedSize = Size(width: (size.width + 127) & ~127, height: (size.height + 127) & ~127)
        if content == nil { units = [] }
    }

    private func check(_ found: Size, _ stated: Size, _ place: Bytes, _ container: HEIFContainer) throws(GessoError) {
        guard found != stated else { return }
        throw container.damaged("an image of \(stated) has a bitstream of \(found)", at: place)
    }
}

/// A copy of parts of a file, one after another.
final class JoinedBytes {
    let bytes: Bytes
    private let memory: UnsafeMutablePointer<UInt8>

    init(_ parts: [Bytes], _ format: ImageFormat) throws(GessoError) {
        let count = parts.reduce(0) { $0.saturatingAdding($1.count) }
        guard let memory = gesso_codec_allocate(max(1, count)) else {
            throw GessoError(.outOfMemory, stage: "decode", "No memory for the data of the \(format) image.")
        }
        self.memory = memory
        var position = 0
        for part in parts {
            if let start = part.start { (memory + position).update(from: start, count: part.count) }
            position += part.count
        }
        bytes = Bytes(buffer: UnsafeRawBufferPointer(start: memory, count: count))
    }

    deinit { gesso_codec_free(memory) }
}
