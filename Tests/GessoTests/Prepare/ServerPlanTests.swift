import Foundation
import Testing

@testable import Gesso
@testable import ImagesAPI

@Suite("Plans for servers")
struct ServerPlanTests {
    private static func photo() throws -> Data {
        try ImageEncoder.encode(TestBitmaps.gradient(320, 240, .rgb8), as: .png).data
    }

    private static let job = Editor.Job(
        prompt: "x", mask: .rectangle(Rect(x: 40, y: 40, width: 60, height: 60)),
        options: EditOptions(model: .gptImage2))

    @Test("A server without masks is sent none, and the plan says so as a fact")
    func noMask() throws {
        let plan = try EditPlan(Self.job, photo: Self.photo(), server: .xAI)
        #expect(plan.requests.allSatisfy { $0.parts.map(\.field) == ["image"] })
        #expect(plan.issues.contains(.maskNotSent(server: "xai")))
        #expect(plan.requests[0].touched != nil && "\(plan)".contains("xai takes no mask"))
        let prepared = try Editor.PreparedEdit(plan, photo: Self.photo(), references: [])
        #expect(prepared.uploads[0].parts.map(\.field) == ["image"])
        let request = try prepared.requests()[0]
        #expect(request.mask == nil && request.validate(server: .xAI).allSatisfy { !$0.isRefusal })
        let usual = try EditPlan(Self.job, photo: Self.photo())
        #expect(usual.requests[0].parts.map(\.field) == ["image", "mask"] && usual.server == .openAI)
        #expect(!usual.issues.contains { if case .maskNotSent = $0 { true } else { false } })
    }

    @Test("Fields have the names of the server")
    func names() throws {
        let photo = try Self.photo()
        for (server, fields) in [
            (ServerProfile.openAI, ["image[]", "image[]", "mask"]), (.vllmOmni, ["image[]", "image[]", "mask_image"]),
            (.openRouter, ["input_references", "input_references"]), (.xAI, ["images", "images"]),
        ] {
            let plan = try EditPlan(Self.job, photo: photo, references: [photo], server: server)
            #expect(plan.requests[0].parts.map(\.field) == fields)
            let prepared = try Editor.PreparedEdit(plan, photo: photo, references: [photo])
            #expect(prepared.uploads[0].parts.map(\.field) == fields)
        }
    }

    @Test("WebP is sent only to servers that are known to read it")
    func webP() throws {
        for (server, isSent) in [
            (ServerProfile.openAI, true), (.azureV1, true), (.stableDiffusionCPP, false), (.xAI, false),
        ] {
            let plan = try EditPlan(Self.job, photo: Self.photo(), server: server)
            #expect(plan.requests[0].parts[0].encodings.contains { $0.format == .webp } == isSent)
        }
    }

    @Test("What the server cannot do is refused by the plan")
    func refusals() throws {
        let photo = try Self.photo()
        let noEdits = #expect(throws: GessoError.self) { try EditPlan(Self.job, photo: photo, server: .gemini) }
        #expect(noEdits?.code == .unsupportedFeature && noEdits?.facts["what"] == "edits")
        let many = #expect(throws: GessoError.self) {
            try EditPlan(Self.job, photo: photo, references: [photo, photo, photo], server: .xAI)
        }
        #expect(many?.code == .tooManyImages && many?.facts["allowed"] == "3")
        var job = Self.job
        job.options.composites = false
        let noEffect = #expect(throws: GessoError.self) { try EditPlan(job, photo: photo, server: .xAI) }
        #expect(noEffect?.code == .unsupportedFeature && noEffect?.facts["what"] == "mask")
        #expect(throws: Never.self) { try EditPlan(job, photo: photo) }
    }

    @Test("A size that is only a ratio at the server is in the plan")
    func sizes() throws {
        let plan = try EditPlan(Self.job, photo: Self.photo(), server: .xAI)
        let fields = plan.issues.compactMap { if case .request(let issue) = $0 { issue.field } else { nil } }
        #expect(fields.contains("size"))
    }

    @Test(
        "A server that reads the mask's color gets it white where to edit",
        arguments: [ServerProfile.openAI, .vllmOmni])
    func paintedMask(server: ServerProfile) throws {
        let plan = try EditPlan(Self.job, photo: Self.photo(), server: server)
        let prepared = try Editor.PreparedEdit(plan, photo: Self.photo(), references: [])
        let mask = try #require(prepared.uploads[0].parts.first { $0.role == .mask })
        let bitmap = try ImageDecoder.decode(mask.data).bitmap
        var colors: Set<[UInt8]> = []
        for y in stride(from: 0, to: bitmap.height, by: 7) {
            for x in stride(from: 0, to: bitmap.width, by: 7) {
                let pixel = TestBitmaps.pixel(bitmap, x, y).map { UInt8($0) }
                if pixel[3] == 0 || pixel[3] == 255 { colors.insert(pixel) }
            }
        }
        let edited: [UInt8] = server.paintsMask ? [255, 255, 255, 0] : [0, 0, 0, 0]
        #expect(colors == [edited, [0, 0, 0, 255]])
    }
}
