import Testing

@testable import Gesso

@Suite("The canvas for an image")
struct CanvasFitTests {
    static let models: [Model] = [
        .gptImage26Sunburst, .gptImage26Flare, .gptImage25Sunburst, .gptImage25Flare, .gptImage2, .gptImage15,
        .gptImage1Mini, .chatGPTImageLatest,
    ]

    @Test("is one the model accepts, for images of every size and shape", arguments: models, [512, 1536, nil])
    func everySize(_ model: Model, _ longEdge: Int?) throws {
        let stage = FitToModel(model, longEdge: longEdge)
        let lengths = [
            1, 2, 15, 16, 17, 255, 640, 768, 801, 1024, 1365, 1536, 2047, 2160, 3000, 3839, 3840, 4032, 6000, 8000,
        ]
        for width in lengths {
            for height in lengths {
                let imageSize = Size(width: width, height: height)
                let plan = try stage.canvas(for: imageSize)
                #expect(isLegal(plan.canvas, for: model), "\(imageSize) on \(plan.canvas)")
                // Never enlarged, never cut, in the middle.
                #expect(plan.scaled.width <= width && plan.scaled.height <= height)
                #expect(plan.padding.left + plan.scaled.width + plan.padding.right == plan.canvas.width)
                #expect(plan.padding.top + plan.scaled.height + plan.padding.bottom == plan.canvas.height)
                #expect(abs(plan.padding.left - plan.padding.right) <= 1)
            }
        }
    }

    // The rules as images-api.md section 1.2 writes them, not as the profile table has them.
    private func isLegal(_ size: Size, for model: Model) -> Bool {
        switch model {
        case .gptImage15, .gptImage1Mini, .chatGPTImageLatest:
            return ["1024x1024", "1536x1024", "1024x1536"].contains("\(size)")
        default:
            let pixels = size.width * size.height
            return size.width % 16 == 0 && size.height % 16 == 0 && size.longEdge <= 3840
                && size.longEdge <= 3 * size.shortEdge && pixels >= 655_360 && pixels <= 8_294_400
        }
    }

    struct Choice: Sendable, CustomTestStringConvertible {
        let model: Model
        let imageSize: Size
        let scaled: Size
        let canvas: Size
        var testDescription: String { "\(imageSize) for \(model.rawValue) is \(scaled) on \(canvas)" }
    }

    static let choices = [
        Choice(
            model: .gptImage26Sunburst, imageSize: Size(width: 4032, height: 3024),
            scaled: Size(width: 1536, height: 1152), canvas: Size(width: 1536, height: 1152)),
        Choice(
            model: .gptImage26Sunburst, imageSize: Size(width: 1000, height: 1000),
            scaled: Size(width: 1000, height: 1000), canvas: Size(width: 1008, height: 1008)),
        Choice(
            model: .gptImage2, imageSize: Size(width: 3000, height: 500), scaled: Size(width: 1536, height: 256),
            canvas: Size(width: 1536, height: 512)),
        Choice(
            model: .gptImage15, imageSize: Size(width: 4032, height: 3024), scaled: Size(width: 1365, height: 1024),
            canvas: Size(width: 1536, height: 1024)),
        Choice(
            model: .gptImage15, imageSize: Size(width: 800, height: 800), scaled: Size(width: 800, height: 800),
            canvas: Size(width: 1024, height: 1024)),
    ]

    @Test("costs least detail", arguments: choices)
    func choice(_ choice: Choice) throws {
        let plan = try FitToModel(choice.model).canvas(for: choice.imageSize)
        #expect(plan.canvas == choice.canvas)
        #expect(plan.scaled == choice.scaled)
    }

    @Test("is refused, and nothing traps, by a rule no size can keep to", arguments: [0, -16, Int.max])
    func unusable(multipleOf: Int) {
        for ratio in [0, 3, Double.nan] {
            let rule = ModelProfile.FreeSizes(
                multipleOf: multipleOf, maxEdge: 3840, maxRatio: ratio, minPixels: 655_360, maxPixels: 8_294_400)
            let error = #expect(throws: GessoError.self) {
                try CanvasFit(for: Size(width: 64, height: 64), sizes: .free(rule))
            }
            #expect(error?.code == .invalidGeometry)
        }
    }
}
