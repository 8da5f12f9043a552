import Testing

@testable import GessoPixels

@Suite("A resize in bands")
struct ResizeBandTests {
    @Test(
        "gives the rows of the whole",
        arguments: [Bitmap.Format.gray8, .rgb8, .rgba8, .rgb16], [ResampleFilter.lanczos3, .triangle, .nearest])
    func rows(_ format: Bitmap.Format, _ filter: ResampleFilter) throws {
        let image = try TestImages.noise(Size(width: 53, height: 41), format, seed: 5)
        for (target, box) in [
            (Size(width: 90, height: 117), Box(left: 0.4, top: 0.25, right: 51.5, bottom: 40)),
            (Size(width: 21, height: 19), Box(left: -1.5, top: -0.75, right: 53.5, bottom: 41)),
            (image.size, Box(image.size)),
        ] {
            let whole = try image.sampled(box, size: target, filter: filter)
            for start in stride(from: 0, to: target.height, by: 16) {
                let rows = start..<min(start + 16, target.height)
                let band = Rect(x: 0, y: start, width: target.width, height: rows.count)
                #expect(try image.sampled(box, size: target, filter: filter, rows: rows) == whole.cropped(to: band))
            }
        }
    }
}
