import Foundation
import Testing

@testable import Gesso

/// The plan against every canvas that a model accepts, one by one.
@Suite("No canvas costs an image less detail")
struct CanvasCostTests {
    /// A few hundred sizes from 1 to 8000 of all shapes; with GESSO_ALL_SIZES, a hundred times as many.
    private static let isThorough = ProcessInfo.processInfo.environment["GESSO_ALL_SIZES"] != nil
    private static let sides: [Int] =
        isThorough
        ? Array(stride(from: 1, through: 8000, by: 80)) + [15, 16, 17, 1023, 1024, 1025, 3839, 3840, 3841, 8000]
        : [1, 16, 17, 240, 809, 1000, 1025, 1536, 1999, 2881, 3841, 6000, 8000]
    private static let ratios: [Double] =
        isThorough ? [] : [0.05, 1 / 3, 0.5, 0.66, 0.75, 1, 1.37, 1.78, 2.99, 3.3, 20]

    /// Sides on both axes when thorough, otherwise each side in some shapes.
    private static let images: [Size] =
        isThorough
        ? sides.flatMap { width in sides.map { Size(width: width, height: $0) } }
        : sides.flatMap { side in
            ratios.map { Size(width: side, height: min(8000, max(1, Int((Double(side) / $0).rounded())))) }
        }

    static let rules: [Rule] = [
        Rule(models: [.gptImage26Sunburst, .gptImage25Flare, .gptImage2], canvases: free),
        Rule(models: [.gptImage15, .gptImage1Mini, .chatGPTImageLatest], canvases: classic),
        Rule(models: ["dall-e-2"], canvases: [256, 512, 1024].map { Size(width: $0, height: $0) }),
    ]

    struct Rule: Sendable, CustomTestStringConvertible {
        let models: [Model]
        let canvases: [Size]
        var testDescription: String { models[0].rawValue }
    }

    // The rules as images-api.md section 1.2 writes them, not as the profile table has them.
    private static let free: [Size] = {
        let edges = Array(stride(from: 16, through: 3840, by: 16))
        var canvases: [Size] = []
        for width in edges {
            for height in edges where isLegal(Size(width: width, height: height)) {
                canvases.append(Size(width: width, height: height))
            }
        }
        return canvases
    }()
    private static let classic = [(1024, 1024), (1536, 1024), (1024, 1536)].map { Size(width: $0, height: $1) }

    @Test(
        "keeps as many pixels as any, and pads no farther than any that keeps as many", arguments: rules, [1536, nil])
    func least(_ rule: Rule, _ longEdge: Int?) throws {
        let sizes = try #require(ModelProfile.profile(for: rule.models[0])).sizes
        for model in rule.models { #expect(ModelProfile.profile(for: model)?.sizes == sizes) }
        let isFree = rule.canvases.count > 3
        for image in Self.images {
            let plan = try CanvasFit(for: image, sizes: sizes, longEdge: longEdge)
            try #require(rule.canvases.contains(plan.canvas) || isFree, "\(image) on \(plan.canvas)")
            if isFree { try #require(Self.isLegal(plan.canvas), "\(image) on \(plan.canvas)") }
            try #require(plan.scaled.width <= plan.canvas.width && plan.scaled.height <= plan.canvas.height)
            // The long edge that is asked for, but never less than fills the smallest canvas.
            var most = image.longEdge
            if let longEdge {
                let ratio = max(1.0 / 3, Double(image.shortEdge) / Double(image.longEdge))
                most = min(most, max(longEdge, isFree ? Int((655_360 / ratio).squareRoot().rounded(.up)) : 0))
            }
            try Self.requireShapeKept(image, plan.scaled, most)
            let (kept, reach) = Self.best(image, most, rule.canvases)
            let own = plan.scaled.width * plan.scaled.height
            try #require(own >= kept, "\(image): \(own) pixels kept, \(kept) are possible")
            if own == kept {
                let padding = max(plan.canvas.width - plan.scaled.width, plan.canvas.height - plan.scaled.height)
                try #require(padding <= reach, "\(image) on \(plan.canvas), padded \(padding), \(reach) is possible")
            }
        }
    }

    /// The most pixels that any canvas keeps, and the least that padding reaches on one that does.
    private static func best(_ image: Size, _ most: Int, _ canvases: [Size]) -> (kept: Int, reach: Int) {
        var (kept, reach) = (0, Int.max)
        let (width, height) = (Double(image.width), Double(image.height))
        let limit = Double(most) / max(width, height)
        for canvas in canvases {
            let scale = min(limit, Double(canvas.width) / width, Double(canvas.height) / height)
            let (w, h) = (max(1, Int((width * scale).rounded())), max(1, Int((height * scale).rounded())))
            guard w * h >= kept else { continue }
            if w * h > kept { (kept, reach) = (w * h, .max) }
            reach = min(reach, max(canvas.width - w, canvas.height - h))
        }
        return (kept, reach)
    }

    /// Both sides are those of one scale, rounded, of at most `most` pixels.
    private static func requireShapeKept(_ image: Size, _ scaled: Size, _ most: Int) throws {
        try #require(scaled.longEdge <= most, "\(image) became \(scaled)")
        func scales(_ rounded: Int, of side: Int) -> ClosedRange<Double> {
            let (length, whole) = (Double(rounded), Double(side))
            return (length - 0.5) / whole...(length + 0.5) / whole
        }
        let (x, y) = (scales(scaled.width, of: image.width), scales(scaled.height, of: image.height))
        try #require(x.overlaps(y) || scaled.shortEdge == 1, "\(image) became \(scaled)")
    }

    private static func isLegal(_ size: Size) -> Bool {
        size.width % 16 == 0 && size.height % 16 == 0 && size.longEdge <= 3840 && size.longEdge <= 3 * size.shortEdge
            && (655_360...8_294_400).contains(size.width * size.height)
    }

    @Test(
        "Enlarging fills the smallest canvas and is done only when asked for",
        arguments: [
            (Model.gptImage26Sunburst, Size(width: 300, height: 300), Size(width: 810, height: 810)),
            (.gptImage26Sunburst, Size(width: 200, height: 100), Size(width: 1145, height: 573)),
            (.gptImage26Sunburst, Size(width: 2000, height: 1500), Size(width: 1536, height: 1152)),
            (.gptImage15, Size(width: 300, height: 200), Size(width: 1536, height: 1024)),
            (.gptImage15, Size(width: 300, height: 300), Size(width: 1024, height: 1024)),
        ])
    func enlarging(_ model: Model, _ image: Size, _ scaled: Size) throws {
        let plain = try FitToModel(model).canvas(for: image)
        #expect(plain.scaled.width <= image.width && plain.scaled.height <= image.height)
        let enlarged = try FitToModel(model, enlarges: true).canvas(for: image)
        #expect(enlarged.scaled == scaled)
        #expect(enlarged.canvas.width - scaled.width < 16 && enlarged.canvas.height - scaled.height < 16)
        let frame = Frame(bitmap: try Bitmap(size: image, format: .rgb8))
        #expect(
            try FitToModel(model, enlarges: true).run(frame).shape
                == FitToModel(model, enlarges: true).plan(frame.shape))
    }
}
