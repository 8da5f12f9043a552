// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import Testing

// stage-colors-begin
struct Warm: Stage, Codable, Hashable {
    var amount: Int = 12

    func run(_ frame: inout Frame) throws(GessoError) {
        let channels = frame.bitmap.format.channels
        guard channels >= 3 else { return }                 // gray stays gray
        try frame.bitmap.forEachRow { row, y in
            for red in stride(from: 0, to: row.count, by: channels) {
                row[red] = UInt8(clamping: Int(row[red]) + amount)
            }
        }
    }
}
// stage-colors-end

// stage-plan-begin
struct UpperHalf: Stage {
    func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape { try half(of: shape.size).plan(shape) }

    func run(_ frame: inout Frame) throws(GessoError) { try half(of: frame.bitmap.size).run(&frame) }

    private func half(of size: Size) -> Crop {
        Crop(Rect(x: 0, y: 0, width: size.width, height: (size.height + 1) / 2))
    }
}
// stage-plan-end

private func used(_ upload: Data) async throws -> (EncodedImage, Frame) {
    // stage-use-begin
    let file = try await Image(upload).applying { UpperHalf(); Warm() }.webp()
    let frame = try await Image(upload).applying { Warm(amount: 30) }.frame()      // the pixels, for a computation of your own
    // stage-use-end
    return (file, frame)
}

@Suite("Code of the article about stages")
struct WriteAStage {
    // stage-test-begin
    @Test("planned shapes are those of the pixels", arguments: [Bitmap.Format.gray8, .rgb8, .rgba8])
    func planAgrees(_ format: Bitmap.Format) throws {
        let frame = Frame(bitmap: try Bitmap(size: Size(width: 7, height: 5), format: format))
        let stages: [any Stage] = [Warm(), UpperHalf()]
        for stage in stages {
            let planned = try stage.plan(frame.shape)
            #expect(try stage.run(frame).shape == planned)
        }
    }
    // stage-test-end

    @Test("change what they should")
    func stagesWork() async throws {
        let upload = try ImageEncoder.encode(TestBitmaps.smooth(90, 60), as: .png).data
        let (file, frame) = try await used(upload)
        #expect(file.size == Size(width: 90, height: 30))
        let before = TestBitmaps.pixel(try ImageDecoder.decode(upload).bitmap, 3, 4)
        let after = TestBitmaps.pixel(frame.bitmap, 3, 4)
        #expect(Int(after[0]) == Int(before[0]) + 30 && after[1] == before[1])
    }
}
