import Foundation
import Synchronization
import Testing

@testable import Gesso

@Suite("How separate parts are sent")
struct RegionChoiceTests {
    /// One file of each size: 24 megapixels take seconds to encode without optimization, and a plan reads the header.
    private static let photos = Mutex<[Size: Data]>([:])

    private static func photo(_ size: Size) throws -> Data {
        try photos.withLock { photos in
            if let photo = photos[size] { return photo }
            let photo = try ImageEncoder.encode(Bitmap(size: size, format: .gray8), as: .png(effort: .fast)).data
            photos[size] = photo
            return photo
        }
    }

    private static func boxes(_ corners: [(Int, Int)], side: Int = 200) -> MaskSource {
        .union(corners.map { MaskSource.rectangle(Rect(x: $0.0, y: $0.1, width: side, height: side)) })
    }

    private func plan(_ size: Size, _ mask: MaskSource, _ options: EditOptions) throws -> EditPlan {
        try EditPlan(Editor.Job(prompt: "x", mask: mask, options: options), photo: Self.photo(size))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let model: Model
        let size: Size
        let corners: [(Int, Int)]
        /// Requests by cost, worked out by hand: canvases of 1536x1024 are 1.57 megapixels, the smallest 0.66.
        let requests: Int
        /// Requests when forced apart: parts that are closer than 128 pixels are one.
        let apart: Int
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "near ones share a window", model: .gptImage26Sunburst, size: Size(width: 6000, height: 4000),
            corners: [(1000, 1000), (1400, 1100)], requests: 1, apart: 2),
        Case(
            name: "two far ones cost less apart", model: .gptImage26Sunburst, size: Size(width: 6000, height: 4000),
            corners: [(300, 300), (5200, 3300)], requests: 2, apart: 2),
        Case(
            name: "of three far ones two share a tall window of 512x1536", model: .gptImage26Sunburst,
            size: Size(width: 6000, height: 4000), corners: [(300, 300), (5200, 3300), (300, 3300)], requests: 2,
            apart: 3),
        Case(
            name: "four corners cost less together", model: .gptImage26Sunburst, size: Size(width: 6000, height: 4000),
            corners: [(300, 300), (5200, 3300), (300, 3300), (5200, 300)], requests: 1, apart: 4),
        Case(
            name: "two near ones and a far one are two requests", model: .gptImage26Sunburst,
            size: Size(width: 6000, height: 4000), corners: [(300, 300), (600, 350), (5200, 3300)], requests: 2,
            apart: 2),
        // 96 · 64 · (2 M + 1.57 M) / 4 M tokens for the whole, 96 · 96 · (2 M + 0.66 M) / 4 M for each part.
        Case(
            name: "two far ones cost less together by tokens", model: .gptImage2, size: Size(width: 6000, height: 4000),
            corners: [(300, 300), (5200, 3300)], requests: 1, apart: 2),
        Case(
            name: "all is sent of a small image", model: .gptImage26Sunburst, size: Size(width: 1500, height: 1000),
            corners: [(10, 10), (1200, 700)], requests: 1, apart: 2),
    ]

    @Test("by cost", arguments: cases)
    func byCost(_ example: Case) throws {
        var options = EditOptions(model: example.model)
        if example.model == .gptImage2 { options.quality = .high }
        let plan = try plan(example.size, Self.boxes(example.corners), options)
        #expect(plan.requests.count == example.requests, "\(plan)")
        // Nothing is said where nothing is to be chosen.
        #expect((plan.regions != nil) == (example.size.width > 1536))
    }

    @Test("as the user says, whatever it costs", arguments: cases)
    func forced(_ example: Case) throws {
        var options = EditOptions(model: example.model)
        options.regions = .together
        #expect(try plan(example.size, Self.boxes(example.corners), options).requests.count == 1)
        options.regions = .apart
        let apart = try plan(example.size, Self.boxes(example.corners), options)
        #expect(apart.requests.count == example.apart)
    }

    @Test("Parts whose feathered borders meet are one, however they are forced")
    func feathered() throws {
        var options = EditOptions()
        (options.regions, options.feather) = (.apart, 200)
        let mask = Self.boxes([(1000, 1000), (1500, 1000)])
        #expect(try plan(Size(width: 6000, height: 4000), mask, options).requests.count == 1)
        options.feather = 12
        #expect(try plan(Size(width: 6000, height: 4000), mask, options).requests.count == 2)
    }

    @Test("No two of any random parts touch one another's pixels, and all of the mask is edited", arguments: 0..<20)
    func random(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let size = Size(width: 3000, height: 2200)
        let mask = MaskSource.union(
            (0..<Int.random(in: 2...9, using: &random)).map { _ -> MaskSource in
                let box = Rect(
                    x: Int.random(in: 0..<2900, using: &random), y: Int.random(in: 0..<2100, using: &random),
                    width: Int.random(in: 1...400, using: &random), height: Int.random(in: 1...400, using: &random))
                return Bool.random(using: &random) ? .rectangle(box) : .ellipse(in: box)
            })
        var options = EditOptions()
        options.feather = Int.random(in: 0...80, using: &random)
        options.regions = Bool.random(using: &random) ? .apart : .byCost
        let prepared = try Editor.PreparedEdit(photo: Self.photo(size), mask: mask, options: options)
        let plan = prepared.plan
        let touched = plan.requests.compactMap(\.touched)
        for (index, one) in touched.enumerated() {
            for other in touched[(index + 1)...] { #expect(one.intersection(other).isEmpty) }
        }
        var all = try Mask(size: size, filledWith: 0)
        for request in plan.requests { all = try all.union(try #require(try request.mask())) }
        #expect(try all == mask.mask(for: size))
        #expect(plan.requests.map(\.canvas) == prepared.uploads.map(\.canvas))
        if plan.requests.count > 1 { #expect("\(plan)".contains("request 2 of \(plan.requests.count)")) }
    }

    @Test("More parts than requests are allowed: together by cost, refused apart")
    func tooMany() throws {
        let corners = (0..<7).flatMap { x in (0..<5).map { (x * 800, $0 * 800) } }
        let size = Size(width: 6000, height: 4000)
        #expect(try plan(size, Self.boxes(corners, side: 20), EditOptions()).requests.count == 1)
        var options = EditOptions()
        options.regions = .apart
        let error = #expect(throws: GessoError.self) { try plan(size, Self.boxes(corners, side: 20), options) }
        #expect(error?.code == .limitExceeded)
    }
}
