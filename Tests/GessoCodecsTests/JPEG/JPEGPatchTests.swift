import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite("JPEG stays JPEG")
struct JPEGPatchTests {
    @Test("Blocks that the edit does not touch keep their coefficients", arguments: PatchFixture.turned)
    func coefficients(fixture: PatchFixture) throws {
        let edit = try PatchedFile(fixture.data())
        let before = try JPEGCoefficients(reading: edit.original)
        let after = try JPEGCoefficients(reading: edit.result.data)
        #expect(after.layout == before.layout)
        let touched = try TouchedBlocks(edit.touched.oriented(fixture.orientation.inverse), before.layout)
        var (kept, changed) = (0, 0)
        for (index, component) in before.layout.components.enumerated() {
            for y in 0..<component.blocksDown {
                for x in 0..<component.blocksAcross {
                    let same =
                        before.block(component: index, x: x, y: y) == after.block(component: index, x: x, y: y)
                    guard touched.contains(component: index, x: x, y: y) else {
                        #expect(same, "component \(index), block \(x), \(y)")
                        kept += 1
                        continue
                    }
                    changed += same ? 0 : 1
                }
            }
        }
        #expect(changed > 0 && kept > 0)
    }

    @Test(
        "Pixels farther than one MCU from the edit are unchanged, those in it are the edited ones",
        arguments: PatchFixture.turned)
    func pixels(fixture: PatchFixture) throws {
        let edit = try PatchedFile(fixture.data())
        let before = try ImageDecoder.decode(edit.original)
        let after = try ImageDecoder.decode(edit.result.data)
        let mcu = try JPEGLayout(probing: edit.original).mcu
        let near = try edit.touched.oriented(fixture.orientation.inverse).reaching(mcu)
        for y in 0..<before.bitmap.height {
            for x in 0..<before.bitmap.width where !near[y * before.bitmap.width + x] {
                for channel in 0..<before.bitmap.format.channels {
                    #expect(before.bitmap.sample(x, y, channel) == after.bitmap.sample(x, y, channel))
                }
            }
        }
        let upright = try after.bitmap.oriented(after.header.orientation)
        let quality = upright.psnr(against: edit.wanted, where: edit.touched, atLeast: 200)
        // The accuracy of a small patch of saturated colors with subsampled chroma.
        #expect(quality > (fixture.name.hasPrefix("coarse") ? 16 : 23))
    }

    @Test(
        "The edit is as accurate as if libjpeg had encoded the whole image",
        arguments: ImageEncoding.ChromaSubsampling.allCases)
    func quality(subsampling: ImageEncoding.ChromaSubsampling) throws {
        let encoding = ImageEncoding.jpeg(quality: 80, subsampling: subsampling)
        let photo = try ImageDecoder.decode(PatchFixture.file("444-baseline")).bitmap
        let edit = try PatchedFile(ImageEncoder.encode(photo, as: encoding).data)
        let whole = try ImageDecoder.decode(ImageEncoder.encode(edit.wanted, as: encoding).data).bitmap
        let patched = try ImageDecoder.decode(edit.result.data).bitmap
        for least: UInt8 in [1, 128, 255] {
            let reached = patched.psnr(against: edit.wanted, where: edit.touched, atLeast: least)
            #expect(reached > whole.psnr(against: edit.wanted, where: edit.touched, atLeast: least) - 0.3)
        }
    }

    @Test("Orientation and profile are kept, all other metadata is removed", arguments: PatchFixture.turned)
    func metadata(fixture: PatchFixture) throws {
        let edit = try PatchedFile(fixture.data())
        let header = try ImageHeader(probing: edit.result.data)
        let old = try ImageHeader(probing: edit.original)
        #expect(old.metadata == [.exif, .gps, .xmp, .iptc, .comment])
        #expect(header.metadata == (fixture.orientation == .up ? [] : [.exif]))
        #expect(header.orientation == fixture.orientation)
        #expect(header.size == old.size && edit.result.size == old.size)
        #expect(header.isProgressive == old.isProgressive)
        #expect(edit.result.data.range(of: Data(PatchFixture.canary.utf8)) == nil)
    }

    @Test("A profile is preserved byte for byte, also in several segments")
    func profile() throws {
        let image = try Bitmap.textured(Size(width: 40, height: 30), .rgb8)
        var file = try ImageEncoder.encode(image, as: .jpeg(quality: 90), profile: .displayP3).data
        var edit = try PatchedFile(file, ellipse: Rect(x: 5, y: 5, width: 9, height: 9))
        #expect(try ImageDecoder.decode(edit.result.data).profile == .displayP3)
        // The same profile with 100,000 bytes after its tags.
        var icc = ColorProfile.displayP3.icc + Data(repeating: 7, count: 100_000)
        let count = icc.count
        icc.replaceSubrange(0..<4, with: [0, UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255)])
        file = try ImageEncoder.encode(image, as: .jpeg, profile: ColorProfile(icc: icc)).data
        edit = try PatchedFile(file, ellipse: Rect(x: 5, y: 5, width: 9, height: 9))
        #expect(try ImageDecoder.decode(edit.result.data).profile?.icc == icc)
    }

    @Test("Ten consecutive edits do not change the other blocks", arguments: ["420-baseline", "422-progressive"])
    func tenEdits(name: String) throws {
        let original = try PatchFixture(name: name, orientation: .right).data()
        var current = original
        for turn in 0..<10 {
            let place = Rect(x: 20 + turn % 3, y: 30 + turn % 4, width: 12, height: 14)
            current = try PatchedFile(current, ellipse: place, turn: turn).result.data
        }
        let (before, after) = try (JPEGCoefficients(reading: original), JPEGCoefficients(reading: current))
        let everything = try Mask.rectangle(
            Rect(x: 20 - 3, y: 30 - 3, width: 14 + 6, height: 17 + 6), size: Size(width: 61, height: 83))
        let touched = try TouchedBlocks(everything.oriented(Orientation.right.inverse), before.layout)
        for (index, component) in before.layout.components.enumerated() {
            for y in 0..<component.blocksDown {
                for x in 0..<component.blocksAcross where !touched.contains(component: index, x: x, y: y) {
                    #expect(before.block(component: index, x: x, y: y) == after.block(component: index, x: x, y: y))
                }
            }
        }
        #expect(current.count < original.count + 200)
    }

    @Test(
        "Replacing blocks by the same pixels changes little, also after many times", arguments: PatchFixture.samplings)
    func sameAgain(sampling: String) throws {
        let original = try PatchFixture.file("\(sampling)-baseline")
        let image = try ImageDecoder.decode(original).bitmap
        let mask = try Mask.ellipse(in: Rect(x: 10, y: 8, width: 50, height: 40), size: image.size)
        // A feather that never reaches 255: each pixel is partly the original's.
        let faint = try mask.feathered(radius: 6).scaled(by: 40)
        var current = original
        for _ in 0..<10 {
            let now = try ImageDecoder.decode(current).bitmap
            current = try JPEGPatch.replacing(in: current, with: now, touched: faint).data
        }
        let last = try ImageDecoder.decode(current).bitmap
        let quality = last.psnr(against: image, where: faint, atLeast: 1)
        // Decoders do not smooth 4:1 sampling, so only the clipping of saturated colors changes values.
        #expect(quality > (sampling.hasPrefix("41") ? 40 : 46))
    }
}

/// Finds the blocks with a touched pixel by checking every pixel of each block.
struct TouchedBlocks {
    let mask: Mask
    let layout: JPEGLayout

    init(_ stored: Mask, _ layout: JPEGLayout) {
        mask = stored
        self.layout = layout
    }

    func contains(component: Int, x: Int, y: Int) -> Bool {
        let (across, down) = (
            layout.mcuFactor.width / layout.components[component].horizontalSampling,
            layout.mcuFactor.height / layout.components[component].verticalSampling
        )
        return (y * 8 * down..<min((y + 1) * 8 * down, mask.size.height)).contains { row in
            (x * 8 * across..<min((x + 1) * 8 * across, mask.size.width)).contains { mask[$0, row] > 0 }
        }
    }
}

extension JPEGLayout {
    fileprivate var mcuFactor: Size {
        Size(
            width: components.map(\.horizontalSampling).max() ?? 1,
            height: components.map(\.verticalSampling).max() ?? 1)
    }
}

extension Mask {
    /// Every coverage times `share` / 255.
    fileprivate func scaled(by share: Int) throws -> Mask {
        var coverage = coverage
        let (stride, size) = (coverage.bytesPerRow, size)
        let old = self
        try coverage.withMutableBytes { bytes throws(GessoError) in
            for y in 0..<size.height {
                for x in 0..<size.width {
                    let value = (Int(old[x, y]) * share + 254) / 255
                    bytes.storeBytes(of: UInt8(value), toByteOffset: y * stride + x, as: UInt8.self)
                }
            }
        }
        return try Mask(coverage: coverage)
    }
}
