import Foundation
import Gesso
@_spi(Benchmarks) import ImagesAPI

extension Job {
    static let text = [
        Job("base64 decode") { inputs in
            let files = try files(inputs, "base64-text")
            return { try files.reduce(0) { try $0 + Base64.decode($1).count } }
        },
        Job("base64 encode") { inputs in
            let files = try files(inputs, "base64-bytes")
            return { try files.reduce(0) { try $0 + Base64.encode($1).count } }
        },
        Job("response to image bytes") { inputs in
            let files = try files(inputs, "response-large")
            return { try files.reduce(0) { try $0 + (ImagesResponse(saved: $1).data?.count ?? 0) } }
        },
    ]

    static let whole =
        [("jpeg", ImageEncoding.jpeg(quality: 80)), ("webp", .webp(quality: 80))].map { name, encoding in
            Job("response to 512, 256, 128 \(name)") { inputs in
                let files = try files(inputs, "response-1024")
                return {
                    var bytes = 0
                    for file in files {
                        // Nobody needs the file once it is decoded.
                        let frame = try Frame(decoding: image(in: file))
                        for side in [512, 256, 128] { bytes += try thumbnail(frame, side, as: encoding) }
                    }
                    return bytes
                }
            }
        } + [
            Job("jpeg-12mp to 256 webp") { inputs in
                try scaling(files(inputs, "jpeg-12mp"), to: 256, as: .webp(quality: 80))
            },
            Job("jpeg-12mp to 1536 png") { inputs in try scaling(files(inputs, "jpeg-12mp"), to: 1536, as: .png) },
        ]

    private static func image(in response: Data) throws -> Data {
        guard let data = try ImagesResponse(saved: response).data else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return data
    }

    private static func scaling(_ files: [Data], to side: Int, as encoding: ImageEncoding) -> () throws -> Int {
        {
            try files.reduce(0) { bytes, file in
                let header = try ImageHeader(probing: file)
                let target = Placement.Fit.inside.target(for: header.size, in: Size(width: side, height: side))
                let frame = try Frame(decoding: file, options: ImageDecoder.Options(targetSize: target))
                return try bytes + thumbnail(frame, side, as: encoding)
            }
        }
    }

    /// The bytes of a thumbnail, made here and now as ``Rendition/thumbnail(_:covers:as:)`` makes it on the pool.
    private static func thumbnail(_ frame: consuming Frame, _ side: Int, as encoding: ImageEncoding) throws -> Int {
        let pipeline = Pipeline([]).thumbnail(Size(width: side, height: side))
        let small = try (encoding.format == .jpeg ? pipeline.flattened() : pipeline).run(frame)
        return try EncodedImage(small.bitmap, as: encoding, profile: small.profile).data.count
    }
}
