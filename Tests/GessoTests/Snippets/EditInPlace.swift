// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import GessoMockServer
import Testing

private func checkAudit(_ edit: EditResult) -> [String] {
    var lines: [String] = []
    func print(_ items: Any...) { lines.append(items.map { "\($0)" }.joined(separator: " ")) }
    // audit-begin
    for image in edit.images {
        guard let audit = image.audit, let returned = image.rawAudit else { continue }      // nil without a mask
        print("changed outside the mask:", audit.changedPixelsOutside, "returned by the model:", returned.changedPixelsOutside)
        if let alignment = audit.alignment { print("moved by", alignment.shiftX, alignment.shiftY) }
    }
    // audit-end
    return lines
}

private func resumed(_ editor: Editor, _ photo: Data, _ prompt: String, _ mask: MaskSource) async throws -> EditResult {
    // resume-begin
    let result: EditResult
    do {
        result = try await editor.edit(photo, prompt: prompt, mask: mask)
    } catch let unfinished as Editor.UnfinishedEdit {              // paid for: never send the request again
        result = try await editor.resume(unfinished, photo: photo)
    }
    // resume-end
    return result
}

@Suite("Code of the article about edits", .timeLimit(.minutes(10)))
struct EditInPlace {
    private let mask = MaskSource.ellipse(in: Rect(x: 100, y: 150, width: 120, height: 140))

    @Test("tells what the model changed and the result has not")
    func audit() async throws {
        let photo = try ImageEncoder.encode(TestBitmaps.gradient(600, 400), as: .png).data
        try await MockServer.run(behavior: MockServer.Behavior(drift: 8)) { mock in
            let edit = try await Editor(client: mock.client()).edit(photo, prompt: "a red door", mask: mask)
            let lines = checkAudit(edit)
            #expect(lines.first?.hasPrefix("changed outside the mask: 0 returned by the model: ") == true)
            #expect(lines.first?.hasSuffix(" 0") == false)
        }
    }

    @Test("sends only the requests that failed")
    func resumes() async throws {
        let photo = try ImageEncoder.encode(RegionTests.image(), as: .png(effort: .fast)).data
        var fault = Fault.status(400, times: 1)
        fault.skip = 1
        try await MockServer.run(behavior: MockServer.Behavior(faults: [fault])) { mock in
            var options = EditOptions()
            options.regions = .apart
            let editor = Editor(client: mock.client(), options: options)
            let result = try await resumed(editor, photo, "a fox", RegionTests.left.union(RegionTests.right))
            #expect(result.responses.count == 2)
            #expect(mock.requestCount == 3)
        }
    }
}
