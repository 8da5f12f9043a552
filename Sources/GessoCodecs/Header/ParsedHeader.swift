import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The result of a format's header parser; more than the public `ImageHeader` has.
struct ParsedHeader {
    var format: ImageFormat
    var size = Size(width: 0, height: 0)
    var orientation = Orientation.up
    var colorModel = ImageHeader.ColorModel.rgb
    var channels = 3
    var bitsPerChannel = 8
    var hasAlpha = false
    var frameCount = 1
    var isProgressive = false
    var coding = SampleCoding()
    var profile: ColorProfile?
    /// The reason why the file's color profile cannot be used; nil if it can, or there is none.
    var profileProblem: GessoError?
    /// PNG: the profile stated by gAMA and cHRM, unless they state sRGB.
    var gammaProfile: ColorProfile?
    var metadata: ImageMetadata.Kinds = []
    var provenance: ImageHeader.Provenance?
    /// Whether a manifest was read, which may have left `provenance` nil.
    var hasReadManifest = false
    /// The EXIF block, from its TIFF header on, and the orientation that the file's blocks state.
    var exif: Data?
    var exifOrientation: Orientation?
    private var exifBlocks = 0
    /// XMP packets: views of the file's bytes; the first that can be read counts, and what it states.
    var xmp: [XMPBlock] = []
    var xmpFacts: XMPFacts?
    /// The data sets of an IPTC block (IIM), and comments in UTF-8 or as the file has them.
    var iptc: Data?
    var comments: [Data] = []
    /// PNG: the number of text chunks whose content was read.
    var textCount = 0
    /// PNG: EXIF blocks in raw profiles, which count after an eXIf chunk.
    var rawProfiles: [Data] = []
    /// JPEG: the further images of a multi-picture file, and whether a segment announces a gain map.
    var furtherImages: [Range<Int>] = []
    var announcesGainMap = false
    /// What decoding leaves out besides further frames.
    var leftOut: [ImageDecoder.Warning] = []
    /// Whether the file ends earlier than it states, although the header is complete.
    var isTruncated = false
    /// WebP and GIF: the range of the bytes that hold the still image or the first frame, and its position on the
    /// canvas.
    var framePayload: Range<Int>?
    var frameRect: Rect?
    /// GIF: the other properties of the first frame.
    var gifFrame: GIFFrame?
    /// HEIC and AVIF: the items of the file, and how its image is stored.
    var heif: HEIFSource?

    init(format: ImageFormat) { self.format = format }
}

extension ParsedHeader {
    /// Reads an EXIF block. The first one that has an entry counts; an orientation that it lacks is taken from a later one.
    ///
    /// `isOrienting` is false for blocks whose orientation decoders ignore.
    mutating func take(exif block: Bytes, isOrienting: Bool = true) {
        metadata.insert(.exif)
        exifBlocks += 1
        // Files have one or two; each may take as long as 512 entries.
        guard exifBlocks <= 16 else { return }
        // WebP and some PNG writers put JPEG's "Exif\0\0" before the TIFF header.
        let start = block.matches("Exif\0\0", at: 0) ? 6 : 0
        let block = block.suffix(from: start)
        guard let read = EXIF(block) else { return }
        if exif == nil { exif = block.data() }
        if isOrienting, exifOrientation == nil { exifOrientation = read.orientation }
        if read.hasGPS { metadata.insert(.gps) }
    }

    /// The first XMP packet that can be read.
    func packet(_ limits: ImageDecoder.Limits) throws(GessoError) -> XMPPacket? {
        for block in xmp {
            if let packet = try block.packet(limits) { return packet }
        }
        return nil
    }

    /// Notes an XMP packet; only the first that can be read counts.
    mutating func take(xmp block: XMPBlock) {
        metadata.insert(.xmp)
        if xmp.count < 2 { xmp.append(block) }
    }

    /// Decides what several blocks state together, when all of the file has been read: the orientation, for which EXIF
    /// counts before XMP, and what is left out besides frames.
    mutating func finish(_ bytes: Bytes, _ limits: ImageDecoder.Limits, readsContent: Bool) throws(GessoError) {
        for profile in rawProfiles.prefix(4) { profile.withBytes { take(exif: $0) } }
        for block in xmp where readsContent && xmpFacts == nil {
            guard let packet = try block.text(limits).map({ XMPPacket(unchecked: $0) }) else { continue }
            let stated = XMPFacts(packet)
            if stated.isEmpty && xmp.count == 1 || packet.isReadable { xmpFacts = stated }
        }
        if xmpFacts?.hasGPS == true { metadata.insert(.gps) }
        // HEIC and AVIF have the orientation in properties of the image; EXIF only repeats it.
        if let heif {
            leftOut += heif.image.omissions.map { omission in
                omission.contains("gain map") ? .gainMapLeftOut : .codec("not decoded: \(omission)")
            }
            return
        }
        let stated =
            exifOrientation
            ?? xmpFacts?.values(of: XMPProperty.orientation).lazy
            .compactMap { Int($0) }.compactMap { Orientation(rawValue: $0) }.first
        orientation = stated ?? .up
        if readsContent { leftOut += Attachments(of: bytes, self).warnings }
    }

    /// Reads a color profile, or notes why it cannot be used.
    mutating func take(profile bytes: Bytes) {
        metadata.insert(.icc)
        do throws(GessoError) {
            profile = try ColorProfile(icc: bytes.data())
            profileProblem = nil
        } catch {
            profileProblem = error
        }
    }
}
