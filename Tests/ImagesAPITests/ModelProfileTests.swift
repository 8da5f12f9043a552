import ImagesAPI
import Testing

@Suite("Model profiles")
struct ModelProfileTests {
    @Test("The built-in table can be read and knows every model of the fact sheet")
    func builtIn() {
        let known = ModelCatalog.builtIn.models.map(\.model.rawValue)
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

    @Test("An unknown model has none", arguments: ["gpt-image-9", "", "gpt-image-2-2026"])
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
        #expect(profile.outputTokens.count(quality: Quality(rawValue: quality), width: width, height: height) == tokens)
    }

    @Test("The table survives being written and read")
    func roundTrip() throws {
        let copy = try ModelCatalog(json: ModelCatalog.builtIn.encoded())
        #expect(copy == ModelCatalog.builtIn)
    }
}
