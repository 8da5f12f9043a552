import Foundation
import Testing

@testable import ImagesAPI

@Suite("Costs, offline")
struct CostTests {
    @Test("Costs are estimated if the facts are published, and unknown otherwise")
    func estimates() throws {
        let known = GenerationRequest(prompt: "p", model: .gptImage2, n: 2, size: "1024x1024", quality: .low).estimate()
        #expect(known.outputTokens == 392...392)
        let (dollars, images) = (try #require(known.dollars), 392.0 * 30 / 1e6)
        #expect(dollars.lowerBound >= images && dollars.upperBound < 0.0119)
        #expect(known.priceDate == "2026-11-22")
        #expect(GenerationRequest(prompt: "p", model: .gptImage26Flare).estimate().outputTokens == nil)
        #expect(known.unknownReason == nil && known.description.hasSuffix(" US dollars"))
        let unknown = GenerationRequest(prompt: "p", model: .gptImage26Flare).estimate()
        #expect(unknown.unknownReason?.contains("not published for gpt-image-2.6-flare") == true)
        #expect("\(unknown)" == "not known: \(unknown.unknownReason ?? "")")
        #expect(GenerationRequest(prompt: "p", model: .gptImage26Flare).estimate().dollars == nil)
        #expect(GenerationRequest(prompt: "p", model: "x").estimate().dollars == nil)
    }

    @Test("A size that the model chooses may be any that it supports")
    func automaticSize() throws {
        let request = GenerationRequest(prompt: "p", model: .gptImage2)
        let tokens = try #require(request.estimate(partialImages: 2).outputTokens)
        let profile = try #require(ModelProfile.profile(for: .gptImage2))
        for width in stride(from: 16, through: 3840, by: 16) {
            for height in stride(from: 16, through: 3840, by: 16)
            where profile.sizes.allows(width: width, height: height) {
                for quality in [GenerationRequest.Level.low, .high] {
                    let count = try #require(profile.outputTokens.count(quality: quality, width: width, height: height))
                    try #require(tokens.contains(count) && tokens.contains(count + 200), "\(width)x\(height)")
                }
            }
        }
        // 96 · 96 · (2,000,000 + 8,294,400) / 4,000,000, rounded up, and two partials.
        #expect(tokens.upperBound == 23_719 + 200)
        let fixed = GenerationRequest(prompt: "p", model: .gptImage15, quality: .high).estimate()
        #expect(fixed.outputTokens == 4_160...6_240)
    }

    @Test("The estimate of an edit includes the output and not the input")
    func edits() throws {
        let upload = try ImageUpload(Samples.png)
        let edit = EditRequest(images: [upload], prompt: "p", model: .gptImage2, size: "1024x1024", quality: .low)
        let estimate = edit.estimate()
        #expect(estimate.outputTokens == 196...196 && estimate.dollars == nil)
        let output = 196.0 * 30 / 1e6
        #expect(estimate.outputDollars == output...output)
    }

    @Test("Batches have a price of their own where one is known")
    func batches() throws {
        let request = GenerationRequest(prompt: "p", model: .gptImage2, size: "1024x1024", quality: .low)
        let (alone, inBatch) = (request.estimate(), request.estimate(inBatch: true))
        let (full, half) = (try #require(alone.dollars), try #require(inBatch.dollars))
        for (half, full) in [(half.lowerBound, full.lowerBound), (half.upperBound, full.upperBound)] {
            #expect(abs(half * 2 - full) < 1e-12)
        }
        #expect(inBatch.outputTokens == alone.outputTokens)
        let unknown = GenerationRequest(prompt: "p", model: .gptImage15, size: "1024x1024", quality: .low)
        #expect(unknown.estimate().dollars != nil)
        #expect(unknown.estimate(inBatch: true).dollars == nil && unknown.estimate(inBatch: true).outputDollars == nil)
        let usage = Usage(inputTokens: 0, outputTokens: 1_000_000, totalTokens: 1_000_000)
        #expect(usage.dollars(model: .gptImage2, inBatch: true) == 15)
        #expect(usage.dollars(model: .gptImage15, inBatch: true) == nil)
    }

    /// Input tokens, text and image tokens in, output tokens, text and image tokens out, US dollars.
    typealias Bill = (Int, Int?, Int?, Int, Int?, Int?, Double)

    @Test(
        "Every token of a usage is priced once, by what it stands for",
        arguments: [
            (1_000_000, 400_000, 600_000, 1_000_000, nil, nil, 38.8), (1_000_000, nil, nil, 0, nil, nil, 5),
            (1_000_000, nil, 600_000, 0, nil, nil, 6.8), (1_000_000, 400_000, nil, 0, nil, nil, 6.8),
            (0, nil, nil, 1_000_000, 250_000, 750_000, 26.5), (0, nil, nil, 1_000_000, 250_000, nil, 26.5),
            (0, nil, nil, 1_000_000, nil, 750_000, 24), (100, nil, 1_000_000, 0, nil, nil, 8),
        ] as [Bill])
    func usage(bill: Bill) throws {
        let usage = Usage(
            inputTokens: bill.0, outputTokens: bill.3, totalTokens: 0,
            inputTextTokens: bill.1, inputImageTokens: bill.2,
            outputTextTokens: bill.4, outputImageTokens: bill.5)
        let dollars = try #require(usage.dollars(model: .gptImage15))
        #expect(abs(dollars - bill.6) < 1e-9)
        #expect(ModelProfile.profile(for: .gptImage15)?.cost(of: usage) == dollars)
        #expect(usage.dollars(model: "x") == nil)
    }

    static let extremes = [Int.min, -1, 0, 1, .max]

    @Test("No count in a response traps or lowers the cost", arguments: extremes, extremes)
    func absurd(one: Int, other: Int) throws {
        let text =
            #"{"input_tokens":\#(one),"output_tokens":\#(other),"input_tokens_details":{"image_tokens":\#(other)},"#
            + #""output_tokens_details":{"text_tokens":\#(one)}}"#
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        let built = Usage(
            inputTokens: one, outputTokens: other, totalTokens: other,
            inputTextTokens: other, inputImageTokens: one,
            outputTextTokens: one, outputImageTokens: other)
        for usage in [Usage(value), built].compactMap({ $0 }) {
            // A count that is not known makes the cost unknown.
            let dollars = usage.dollars(model: .gptImage15)
            #expect(dollars ?? 0 >= 0 && (dollars != nil || usage.inputTokens == nil || usage.outputTokens == nil))
        }
        // A count of 0 says nothing, like one that is missing.
        #expect((Usage(value) == nil) == (one <= 0 && other <= 0))
        if let read = Usage(value) {
            let counts = [
                read.inputTokens, read.outputTokens, read.totalTokens, read.inputImageTokens,
            ]
            #expect(counts.allSatisfy { $0 ?? 0 >= 0 })
        }
    }

    @Test("Batches of 2.5 cost half, those of 2.6 an unknown price, and hosts have last days of their own")
    func pricesOfNovember() throws {
        let million = Usage(
            inputTokens: 2_000_000, outputTokens: 1_000_000, inputTextTokens: 1_000_000, inputImageTokens: 1_000_000)
        for model in [Model.gptImage25Sunburst, .gptImage25Flare, .gptImage2] {
            #expect(abs((million.dollars(model: model, inBatch: true) ?? 0) - 21.5) < 1e-9)
            #expect(abs((million.dollars(model: model) ?? 0) - 43) < 1e-9)
        }
        for model in [Model.gptImage26Sunburst, .gptImage26Flare] {
            #expect(million.dollars(model: model, inBatch: true) == nil)
            #expect(abs((million.dollars(model: model) ?? 0) - 43) < 1e-9)
        }
        let days = ["gpt-image-1.5": "2026-12-16", "gpt-image-1-mini": "2027-04-07", "gpt-image-2": "2027-10-21"]
        for (model, day) in days {
            #expect(ModelProfile.profile(for: Model(rawValue: model))?.shutdowns?["azure"] == day)
        }
        #expect(ModelProfile.profile(for: .gptImage25Flare)?.shutdowns?["azure"] == "2027-09-09")
        #expect(ModelProfile.profile(for: .gptImage15)?.shutdown == "2026-12-01")
    }

    @Test(
        "Counts are read under either name, and what is not stated is nil",
        arguments: [
            (#"{"input_tokens":50.0,"output_tokens":50}"#, [50, 50, 100]),
            (#"{"prompt_tokens":6,"completion_tokens":1299,"total_tokens":1305}"#, [6, 1299, 1305]),
            (#"{"total_tokens":7}"#, [nil, nil, 7]), (#"{"output_tokens":7}"#, [nil, 7, nil]),
            (#"{"input_tokens":0,"output_tokens":0,"total_tokens":0}"#, nil), (#"{"cost":1}"#, nil),
        ] as [(String, [Int?]?)])
    func counts(text: String, expected: [Int?]?) throws {
        let usage = Usage(try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)))
        #expect(usage.map { [$0.inputTokens, $0.outputTokens, $0.totalTokens] } == expected)
        #expect(usage?.inputTokens != nil || usage?.dollars(model: .gptImage2) == nil)
    }
}
