import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension EncodeJob {
    func encodeAVIF(
        quality: Int, speed: Int, _ subsampling: ImageEncoding.ChromaSubsampling
    ) throws(GessoError) -> Data {
        try Self.require("quality", quality, in: 0...100)
        try Self.require("speed", speed, in: 0...10)
        try require(bitmap.format.bitsPerChannel == 8, .avif, remedy: "convert it to 8 bits a channel, or choose PNG")
        guard gesso_heif_is_available() != 0 else { throw .withoutHEIF(.avif) }
        guard subsampling != .horizontal else {
            throw GessoError(
                .invalidParameter, stage: "encode", "AVIF is encoded with subsampling 4:2:0 or 4:4:4, not 4:2:2.",
                facts: ["parameter": "subsampling", "found": "4:2:2", "allowed": "4:2:0, 4:4:4"])
        }
        // Readers of AVIF ignore the orientation in EXIF.
        let orientation = metadata.orientation
        var upright = self
        if orientation != .up {
            upright = EncodeJob(bitmap: try bitmap.oriented(orientation), profile: profile, metadata: metadata)
            upright.metadata.orientation = .up
        }
        let exif = upright.exif(profile) ?? Data()
        let xmp = metadata.xmp ?? Data()
        for (what, block) in [("EXIF", exif), ("XMP", xmp)] where block.count > Int(Int32.max) / 2 {
            throw .metadataTooLong(what, block.count, allowed: Int(Int32.max) / 2, .avif)
        }
        return try upright.run(.avif) { image, profile, profileCount, watch, output, report in
            exif.withBytes { exif in
                xmp.withBytes { xmp in
                    var options = gesso_avif_options()
                    options.quality = Int32(quality)
                    options.speed = Int32(speed)
                    options.halves_chroma = subsampling == .half ? 1 : 0
                    options.profile = gesso_heif_span(bytes: profile, count: profileCount)
                    options.exif = gesso_heif_span(bytes: exif.start, count: exif.count)
                    options.xmp = gesso_heif_span(bytes: xmp.start, count: xmp.count)
                    gesso_avif_encode(&image, &options, &watch, &output, &report)
                }
            }
        }
    }
}
