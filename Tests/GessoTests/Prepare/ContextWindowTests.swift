import Foundation
import Testing

@testable import Gesso

@Suite("The window around a small edit")
struct ContextWindowTests {
    private let sizes = ModelProfile.profile(for: .gptImage26Sunburst)?.sizes ?? .fixed([])

    @Test(
        "holds the edit and its surroundings, lies inside the image, and is sent at full resolution",
        arguments: [
            Rect(x: 3000, y: 2000, width: 300, height: 200), Rect(x: 0, y: 0, width: 40, height: 40),
            Rect(x: 5900, y: 3900, width: 100, height: 100), Rect(x: 10, y: 1500, width: 900, height: 60),
        ])
    func window(_ area: Rect) throws {
        let imageSize = Size(width: 6000, height: 4000)
        let window = try #require(
            try EditOptions.ContextWindow().rect(around: area, in: imageSize, sizes: sizes, longEdge: 1536))
        #expect(Rect(imageSize).contains(window))
        #expect(window.contains(area))
        #expect(window.width >= 512 && window.height >= 512)
        let plan = try CanvasFit(for: window.size, sizes: sizes, longEdge: 1536)
        #expect(plan.scaled == window.size)
        #expect(plan.padding.isZero || window.width == imageSize.width || window.height == imageSize.height)
    }

    @Test("of any small edit is a legal canvas at full resolution, if the image has room for one", arguments: 0..<200)
    func random(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let imageSize = Size(
            width: Int.random(in: 2100...8000, using: &random), height: Int.random(in: 2100...8000, using: &random))
        let (width, height) = (Int.random(in: 1...500, using: &random), Int.random(in: 1...500, using: &random))
        let area = Rect(
            x: Int.random(in: 0...imageSize.width - width, using: &random),
            y: Int.random(in: 0...imageSize.height - height, using: &random), width: width, height: height)
        let window = try #require(
            try EditOptions.ContextWindow().rect(around: area, in: imageSize, sizes: sizes, longEdge: 1536))
        #expect(Rect(imageSize).contains(window) && window.contains(area))
        // On every side a context of 64 pixels at least, or the image's border.
        #expect(area.x - window.x >= min(64, area.x) && window.maxX - area.maxX >= min(64, imageSize.width - area.maxX))
        #expect(
            area.y - window.y >= min(64, area.y) && window.maxY - area.maxY >= min(64, imageSize.height - area.maxY))
        // Sent as it is: no scaling, no padding.
        #expect(sizes.allows(width: window.width, height: window.height), "\(window) for \(area) in \(imageSize)")
        #expect(window.size.longEdge <= 1536)
    }

    @Test(
        "is not used where the whole image shows the edit as large",
        arguments: [
            (Size(width: 1200, height: 900), Rect(x: 100, y: 100, width: 50, height: 50)),
            (Size(width: 6000, height: 4000), Rect(x: 200, y: 200, width: 5500, height: 3500)),
        ])
    func whole(_ imageSize: Size, _ area: Rect) throws {
        #expect(try EditOptions.ContextWindow().rect(around: area, in: imageSize, sizes: sizes, longEdge: 1536) == nil)
    }

    @Test("appears in the plan of an edit, with what may change, before any pixel is decoded")
    func plan() throws {
        let photo = try ImageEncoder.encode(Bitmap(size: Size(width: 4000, height: 3000), format: .gray8), as: .png)
            .data
        var options = EditOptions()
        options.feather = 10
        let job = Editor.Job(
            prompt: "a fox", mask: .rectangle(Rect(x: 2000, y: 1000, width: 100, height: 80)), options: options)
        let plan = try EditPlan(job, photo: photo)
        #expect(plan.touched == Rect(x: 1990, y: 990, width: 120, height: 100))
        #expect(plan.requests.count == 1 && plan.requests[0].window != nil)
        #expect(plan.result == Size(width: 4000, height: 3000))
        for word in ["window", "4000x3000", "120x100+1990+990", "MiB", "cost"] { #expect("\(plan)".contains(word)) }
        let json = try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(plan)) as? [String: Any])
        let names = [
            "header", "requests", "result", "renditions", "preparingBytes", "finishingBytes", "model", "estimate",
            "issues",
        ]
        #expect(Set(json.keys) == Set(names))
        let request = try #require((json["requests"] as? [[String: Any]])?.first)
        #expect(Set(request.keys) == ["window", "stages", "canvas", "touched", "parts", "estimate"])
        #expect((request["parts"] as? [String])?.last?.hasPrefix("mask: png") == true)
    }
}
