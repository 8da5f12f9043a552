import CBaselines
import Foundation
import Gesso
@_spi(Benchmarks) import GessoPixels

extension Job {
    static let editing = [
        Job("edit back in place 1536x1024 onto 12mp") { inputs in
            var work = try BackInPlace(inputs)
            return {
                try work.run()
                return 0
            }
        },
        Job("composite an ellipse of 1416x944") { inputs in
            var work = try BackInPlace(inputs)
            let weight = try work.weight()
            let patch = try work.original.cropped(to: work.place)
            var part: Bitmap? = try patch.cropped(to: Rect(patch.size))
            return {
                // Taken out of its place, so that nobody else holds the pixels and they are replaced where they are.
                part = try part.take()?.replacing(with: patch, where: weight)
                return 0
            }
        },
        Job("memcpy ellipse", isRoof: true) { inputs in
            var work = try BackInPlace(inputs)
            let touched = try work.weight().coverage
            var pixels = 0
            for y in 0..<touched.height {
                touched.withRow(y) { row in
                    for x in 0..<touched.width where row.unsafeLoad(fromByteOffset: x, as: UInt8.self) > 0 {
                        pixels += 1
                    }
                }
            }
            return try copying([Data(repeating: 1, count: pixels * 3)])
        },
    ]
}

/// What a model returned for a canvas, on its way back into the original; see `Peers/edits.py` for the same in OpenCV.
private struct BackInPlace {
    var original: Bitmap
    let sent: Bitmap
    let returned: Bitmap
    let mask: Mask
    let feather = 12
    /// Mask and feather on the original.
    private(set) var place = Rect(x: 0, y: 0, width: 0, height: 0)

    init(_ inputs: URL) throws {
        func image(_ name: String) throws -> Bitmap {
            try ImageDecoder.decode(Data(contentsOf: inputs.appending(path: "edit-12mp/\(name)"))).bitmap
        }
        (original, sent, returned) = (try image("original"), try image("sent"), try image("returned"))
        mask = try Mask(coverage: image("mask"))
        _ = try weight()
    }

    /// The mask's part with its soft edge.
    mutating func weight() throws -> Mask {
        guard let box = mask.boundingBox else { throw CocoaError(.featureUnsupported) }
        place = Rect(
            x: box.x - feather, y: box.y - feather, width: box.width + 2 * feather, height: box.height + 2 * feather
        ).intersection(Rect(mask.size))
        return try mask.cropped(to: place).feathered(radius: feather)
    }

    mutating func run() throws {
        let weight = try weight()
        let patch = try returned.patch(for: place, of: original.size, sent: sent, mask: mask)
        let part = try original.cropped(to: place).replacing(with: patch, where: weight)
        try original.paste(part, x: place.x, y: place.y)
    }
}
