import CBaselines
import Foundation
import Gesso

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
        let (x, y) = (
            Double(sent.width) / Double(original.width), Double(sent.height) / Double(original.height)
        )
        let edited = try maskOnCanvas(x, y)
        let alignment = try returned.alignment(with: sent, edited: edited)
        let canvas = Box(
            left: Double(place.x) * x, top: Double(place.y) * y, right: Double(place.maxX) * x,
            bottom: Double(place.maxY) * y)
        var patch = try returned.sampled(alignment.moved(canvas), size: place.size)
        let tone = try returned.toneMatch(with: sent, alignment: alignment, edited: edited)
        try tone?.apply(to: &patch, placed: canvas)
        let part = try original.cropped(to: place).replacing(with: patch, where: weight)
        try original.paste(part, x: place.x, y: place.y)
    }

    /// The mask as large as the canvas; only the part that covers anything is resampled.
    private func maskOnCanvas(_ x: Double, _ y: Double) throws -> Mask {
        let target = Rect(
            enclosing: Box(
                left: Double(place.x) * x, top: Double(place.y) * y, right: Double(place.maxX) * x,
                bottom: Double(place.maxY) * y))
        let part = try mask.resized(
            to: target.size,
            from: Box(
                left: Double(target.x) / x, top: Double(target.y) / y, right: Double(target.maxX) / x,
                bottom: Double(target.maxY) / y))
        return try part.padded(
            left: target.x, top: target.y, right: sent.width - target.maxX, bottom: sent.height - target.maxY,
            coverage: 0)
    }
}
