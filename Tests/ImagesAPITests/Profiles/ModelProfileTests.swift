import Foundation
import Testing

@testable import ImagesAPI

@Suite("Model profiles")
struct ModelProfileTests {
    @Test("The built-in table can be read and knows every model of the fact sheet")
    func builtIn() {
        let known = ModelProfile.Catalog.builtIn.models.map(\.model.rawValue)
        #expect(
            known == [
                "gpt-image-2.6-sunburst", "gpt-image-2.6-flare", "gpt-image-2.5-sunburst", "gpt-image-2.5-flare",
                "gpt-image-2", "gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest", "gpt-image-1", "dall-e-2",
                "dall-e-3",
            ])
    }

    @Test(
        "A dated snapshot has its model's profile",
        arguments: [
            ("gpt-image-2-2026-04-21", "gpt-image-2"), ("gpt-image-2.6-flare-2027-01-31", "gpt-image-2.6-flare"),
        ])
    func snapshots(snapshot: String, model: String) {
        #expect(ModelProfile.profile(for: Model(rawValue: snapshot))?.model.rawValue == model)
    }

    @Test("An unknown model has no estimate", arguments: ["gpt-image-9", "", "gpt-image-2-2026"])
    func unknown(model: String) { #expect(ModelProfile.profile(for: Model(rawValue: model)) == nil) }

    @Test(
        "Free sizes keep to the published rule",
        arguments: [
            (1024, 1024, true), (3840, 2160, true), (3856, 2160, false), (1536, 1024, true), (1030, 1024, false),
            (2160, 720, true), (2176, 720, false), (512, 512, false), (3840, 2176, false), (0, 1024, false),
            (Int.max, Int.max, false),
        ])
    func freeSizes(width: Int, height: Int, allowed: Bool) throws {
        let profile = try #require(ModelProfile.profile(for: .gptImage26Sunburst))
        #expect(profile.sizes.allows(width: width, height: height) == allowed)
    }

    @Test(
        "Output tokens of gpt-image-2 match the published readings",
        arguments: [
            ("low", 1024, 1024, 196), ("medium", 1024, 1024, 1756), ("high", 1024, 1024, 7024),
            ("low", 1536, 1024, 158),
            ("medium", 1024, 1536, 1372), ("high", 1536, 1024, 5488), ("high", 2048, 2048, 14272),
            ("high", 2560, 1440, 7370), ("high", 3840, 2160, 13342),
        ])
    func tokens(quality: String, width: Int, height: Int, tokens: Int) throws {
        let profile = try #require(ModelProfile.profile(for: .gptImage2))
        #expect(
            profile.outputTokens.count(
                quality: GenerationRequest.Level(rawValue: quality), width: width, height: height) == tokens)
    }

    @Test("The table is unchanged after encoding and decoding")
    func roundTrip() throws {
        let copy = try ModelProfile.Catalog(json: ModelProfile.Catalog.builtIn.encoded())
        #expect(copy == ModelProfile.Catalog.builtIn)
    }

    /// A table of one model that is like `base`, but for one change.
    private static func table(like base: Model, _ change: (inout ModelProfile) -> Void) throws -> ModelProfile.Catalog {
        var profile = try #require(ModelProfile.Catalog.builtIn.profile(for: base))
        change(&profile)
        return ModelProfile.Catalog(date: "2026-11-28", source: "a test", models: [profile])
    }

    /// What a table may get wrong: the field as its error names it, and the mistake.
    enum InvalidField: String, CaseIterable, CustomTestStringConvertible {
        case maxImages, maxOutputImages, maxPromptCharacters, maxImageBytes, maxMaskBytes, shutdown, shutdowns, released
        case outputTokensPatches = "outputTokens.patches"
        case outputTokensTable = "outputTokens.table"
        case fixed = "sizes.fixed"
        case maxEdge = "sizes.free.maxEdge"
        case multipleOf = "sizes.free"
        case maxRatio = "sizes.free.maxRatio"
        case minPixels = "sizes.free.minPixels"
        case maxPixels = "sizes.free.maxPixels"
        case imageOutput = "prices.imageOutput"
        case batchFactor = "prices.batchFactor"
        var testDescription: String { rawValue }

        func apply(to profile: inout ModelProfile) {
            var rule = ModelProfile.FreeSizes(
                multipleOf: 16, maxEdge: 3840, maxRatio: 3, minPixels: 655_360, maxPixels: 8_294_400)
            switch self {
            case .maxImages: profile.maxImages = -1
            case .maxOutputImages: profile.maxOutputImages = 0
            case .maxPromptCharacters: profile.maxPromptCharacters = 0
            case .maxImageBytes: profile.maxImageBytes = -1
            case .maxMaskBytes: profile.maxMaskBytes = 0
            case .shutdown: profile.shutdown = "2026-02-30"
            case .shutdowns: profile.shutdowns = ["azure": "2027-13-01"]
            case .released: profile.released = "soon"
            case .outputTokensPatches: profile.outputTokens = .patches(["high": .max])
            case .outputTokensTable: profile.outputTokens = .table(["high": ["1024x1024": -1]])
            case .fixed: profile.sizes = .fixed(["1024x1024", "large"])
            case .maxEdge: rule.maxEdge = .max
            case .multipleOf: rule.multipleOf = 0
            case .maxRatio: rule.maxRatio = 0
            case .minPixels: rule.minPixels = 8_294_401
            case .maxPixels: rule.maxPixels = .max
            case .imageOutput: profile.prices?.imageOutput = -1
            case .batchFactor: profile.prices?.batchFactor = 1e300
            }
            if rawValue.hasPrefix("sizes.free") { profile.sizes = .free(rule) }
        }
    }

    @Test("An invalid table is refused with model and field", arguments: InvalidField.allCases)
    func invalidTables(field: InvalidField) throws {
        let json = try Self.table(like: .gptImage2) { field.apply(to: &$0) }.encoded()
        let error = #expect(throws: ImagesAPIError.self) { try ModelProfile.Catalog(json: json) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains("gpt-image-2: \(field.rawValue) ") == true, "\(error?.message ?? "")")
    }

    @Test("An invalid table that was not checked never traps", arguments: InvalidField.allCases)
    func unchecked(field: InvalidField) throws {
        let table = try Self.table(like: .gptImage2) { field.apply(to: &$0) }
        for n in [nil, 1, .max] {
            for size in [nil, .auto, "1024x1024", "3037000500x3037000500"] as [ImageSize?] {
                let request = GenerationRequest(prompt: "p", model: .gptImage2, n: n, size: size, quality: .high)
                let references = Array(repeating: EditRequest.Reference.fileID("f"), count: 2)
                let edit = EditRequest(references: references, prompt: "p", model: .gptImage2, n: n, size: size)
                _ = (
                    request.validate(catalog: table), request.estimate(partialImages: 3, inBatch: true, catalog: table)
                )
                _ = (edit.validate(catalog: table), edit.estimate(catalog: table))
            }
        }
    }

    @Test("The error for a missing or mistyped member names model and path")
    func misfits() throws {
        let whole = try Self.table(like: .gptImage2) { _ in }.encoded()
        func message(_ change: (inout [String: Any]) -> Void) throws -> String? {
            var table = try #require(try JSONSerialization.jsonObject(with: whole) as? [String: Any])
            var models = try #require(table["models"] as? [[String: Any]])
            change(&models[0])
            table["models"] = models
            let json = try JSONSerialization.data(withJSONObject: table)
            return #expect(throws: ImagesAPIError.self) { try ModelProfile.Catalog(json: json) }?.message
        }
        #expect(try message { $0["maxImages"] = nil }?.contains("gpt-image-2: maxImages is missing") == true)
        #expect(try message { $0["qualities"] = 3 }?.contains("gpt-image-2: qualities ") == true)
        #expect(try message { $0["model"] = nil }?.contains("model 0: model is missing") == true)
    }

    @Test("A profile needs only a model and its sizes")
    func ownProfile() throws {
        let profile = ModelProfile(
            model: "mine", sizes: .fixed(["64x64"]), outputTokens: .table(["low": ["64x64": 7]]),
            prices: .init(textInput: 1, imageInput: 1, imageOutput: 1, date: "2026-11-28", source: "me"))
        let table = ModelProfile.Catalog(date: "2026-11-28", source: "me", models: [profile])
        #expect(try ModelProfile.Catalog(json: table.encoded()) == table)
        let request = GenerationRequest(prompt: "p", model: "mine", quality: .low)
        #expect(request.validate(catalog: table).isEmpty)
        #expect(request.estimate(catalog: table).outputTokens == 7...7)
    }

    @Test("Days are counted as in the calendar")
    func days() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        for number in stride(from: -10_000, to: 60_000, by: 1) {
            let date = Date(timeIntervalSince1970: Double(number) * 86_400)
            let parts = calendar.dateComponents([.year, .month, .day], from: date)
            let text = String(format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
            try #require(CalendarDay(text)?.number == number, "\(text)")
        }
        for text in ["2026-11-31", "2026-00-01", "2026-13-01", "2027-02-29", "2026-1-01", "20261101", "", "२०२६-11-01"]
        {
            #expect(CalendarDay(text) == nil)
        }
        var profile = try #require(ModelProfile.profile(for: .gptImage15))
        #expect(profile.daysLeft(on: Date(timeIntervalSince1970: 1_795_824_000 + 86_399)) == 3)
        for seconds in [Double.infinity, -.infinity, .nan] {
            #expect(profile.daysLeft(on: Date(timeIntervalSince1970: seconds)) != nil)
        }
        profile.shutdown = nil
        #expect(profile.daysLeft() == nil)
    }
}
