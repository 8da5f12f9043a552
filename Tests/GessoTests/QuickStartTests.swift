// The examples stand here as the README has them.
// swift-format-ignore-file
import Foundation
import Gesso
import Testing

// The README's quick start, compiled as it stands there.

func makeItAutumn(_ photo: Data, in directory: URL) async throws {
    // quick-start-begin
    let editor = Editor(client: ImagesClient())              // key from OPENAI_API_KEY
    let result = try await editor.edit(
        photo, prompt: "make it autumn",
        mask: .ellipse(in: Rect(x: 300, y: 200, width: 400, height: 300)),
        renditions: [.original, .thumbnail(256, as: .webp(quality: 80))])
    try await result.write(to: directory)
    // quick-start-end
}

// stages-begin
let prime = Pipeline { Orient(); ConvertToSRGB(); FitToModel(.gptImage26Sunburst, padding: .extendEdges) }
// stages-end

@Suite("The README's examples")
struct QuickStartTests {
    @Test("are the code that this test compiles", arguments: ["quick-start", "stages"])
    func readmeHasTheCompiledCode(_ name: String) throws {
        let here = URL(filePath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let source = try String(contentsOf: here, encoding: .utf8)
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let begin = try #require(source.range(of: "// \(name)-begin\n"))
        let end = try #require(source.range(of: "// \(name)-end"))
        let code = source[begin.upperBound..<end.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("    ") && name == "quick-start" ? $0.dropFirst(4) : $0 }
            .joined(separator: "\n").trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(!code.isEmpty)
        #expect(readme.contains(code))
    }

    @Test("compose stages without any request")
    func stagesRunWithoutRequest() async throws {
        let frame = Frame(bitmap: try Bitmap(size: Size(width: 3000, height: 2000), format: .rgb8))
        let primed = try await prime(frame)
        #expect(primed.bitmap.size == Size(width: 1536, height: 1024))
    }
}
