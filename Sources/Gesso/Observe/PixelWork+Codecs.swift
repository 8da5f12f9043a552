import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension PixelWork {
    /// Decodes on the calling thread; the file's header if it is known.
    static func decode(
        _ data: Data, header: ImageHeader? = nil, options: ImageDecoder.Options
    ) throws(GessoError) -> ImageDecoder.Output {
        try observing(.decode(format: label(header?.format ?? ImageFormat(sniffing: data)))) {
            () throws(GessoError) in try ImageDecoder.decode(data, header: header, options: options)
        }
    }

    /// Encodes on the calling thread.
    static func encode(
        _ bitmap: Bitmap, as encoding: ImageEncoding, profile: ColorProfile? = nil, metadata: ImageMetadata = .none
    ) throws(GessoError) -> EncodedImage {
        try observing(.encode(format: label(encoding.format))) { () throws(GessoError) in
            try ImageEncoder.encode(bitmap, as: encoding, profile: profile, metadata: metadata)
        }
    }

    /// Runs a stage on the calling thread; the stages of a composed one are shown in place of it.
    static func run(_ stage: some Stage, _ frame: inout Frame) throws(GessoError) {
        guard observesStages, !(stage is any ComposedStage) else { return try stage.run(&frame) }
        try observing(.stage(label(stage))) { () throws(GessoError) in try stage.run(&frame) }
    }

    /// Runs stages on one frame of an animation, on the calling thread: they are not observed one by one, since files of a
    /// few kilobytes have thousands of frames.
    @inline(__always)
    static func onFrame<R>(_ body: () throws(GessoError) -> R) throws(GessoError) -> R {
        #if Metrics || Tracing
        guard Observation.isWanted else { return try body() }
        return try Observation.hidingStages(body)
        #else
        return try body()
        #endif
    }

    @inline(__always)
    private static var observesStages: Bool {
        #if Metrics || Tracing
        Observation.isWanted && !Observation.hidesStages
        #else
        false
        #endif
    }
}
