import Foundation
import Testing

/// Documents take their code from marked regions of Swift files that are compiled and run:
///
///     // NAME-begin
///     let size = try await Image(upload).header().uprightSize
///     // NAME-end
@Suite("The documentation's code")
struct SnippetTests {
    @Test("is in every document the code that these tests compile", arguments: Snippets.documents)
    func documentsHaveTheCompiledCode(_ document: String) throws {
        let compiled = Set(try Snippets.regions().values)
        for block in try Snippets.blocks(of: document) {
            #expect(compiled.contains(block), "no region of Tests/GessoTests/Snippets has this code:\n\(block)")
        }
    }

    @Test("is used in a document, wherever a region is marked")
    func regionsAreUsed() throws {
        let used = Set(try Snippets.documents.flatMap { try Snippets.blocks(of: $0) })
        for (name, code) in try Snippets.regions() {
            #expect(used.contains(code), "no document has the region \(name)")
        }
    }

    @Test(
        "does the common jobs in a few lines",
        arguments: [
            ("thumbnail", 1), ("byte-limit", 1), ("edit", 4), ("edit-stream", 4), ("generate-four", 2),
            ("dimensions", 1),
            ("stage", 5), ("folder", 3), ("variations", 1), ("cost", 1),
        ])
    func jobsAreShort(_ name: String, _ most: Int) throws {
        let code = try #require(try Snippets.regions()[name])
        #expect(code.split(separator: "\n", omittingEmptySubsequences: false).count <= most)
        #expect(try Snippets.blocks(of: "Sources/Gesso/Gesso.docc/Articles/CommonJobs.md").contains(code))
    }

    @Test("is found in documents and regions")
    func parserFindsCode() throws {
        #expect(Snippets.documents.contains("README.md"))
        #expect(Snippets.documents.count > 10)
        #expect(
            Snippets.blocks(in: "a\n```swift\nimport Gesso\n\nlet a = 1\n\nlet b = 2\n```\n```\ntext\n```\n") == [
                "let a = 1\n\nlet b = 2"
            ])
        let source =
            "// one-begin\nlet a = 1\n// one-end\nf {\n    // two-begin\n    if a {\n        b\n    }\n    // two-end\n}\n"
        #expect(Snippets.regions(in: source) == ["one": "let a = 1", "two": "if a {\n    b\n}"])
    }
}

/// The Swift blocks of the documents, and the regions that they are taken from.
enum Snippets {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    private static let root = tests.deletingLastPathComponent().deletingLastPathComponent()

    /// The README and all pages of the DocC catalogs, as paths in the repository.
    static let documents: [String] = {
        let paths = FileManager.default.enumerator(atPath: root.appending(path: "Sources").path)?.compactMap {
            $0 as? String
        }
        let pages = (paths ?? []).filter { $0.contains(".docc/") && $0.hasSuffix(".md") }
        return ["README.md"] + pages.map { "Sources/\($0)" }.sorted()
    }()

    static func blocks(of document: String) throws -> [String] {
        blocks(in: try String(contentsOf: root.appending(path: document), encoding: .utf8))
    }

    static func regions() throws -> [String: String] {
        let folder = tests.appending(path: "Snippets")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        var regions: [String: String] = [:]
        for file in files + [tests.appending(path: "QuickStartTests.swift")]
        where file.pathExtension == "swift" && file.lastPathComponent != "SnippetTests.swift" {
            let found = Snippets.regions(in: try String(contentsOf: file, encoding: .utf8))
            regions.merge(found) { first, second in
                Issue.record("two regions have the same name: \(first)\nand\n\(second)")
                return first
            }
        }
        return regions
    }

    /// The code of the blocks that are marked as Swift, without an import of the module.
    static func blocks(in document: String) -> [String] {
        var blocks: [String] = []
        var block: [Substring]?
        for line in document.split(separator: "\n", omittingEmptySubsequences: false) {
            if let lines = block {
                if line == "```" {
                    let imports = lines.prefix { $0 == "import Gesso" || $0.isEmpty }.count
                    blocks.append(lines.dropFirst(imports).joined(separator: "\n"))
                    block = nil
                } else {
                    block = lines + [line]
                }
            } else if line == "```swift" {
                block = []
            }
        }
        return blocks
    }

    static func regions(in source: String) -> [String: String] {
        var regions: [String: String] = [:]
        var name: Substring?
        var lines: [Substring] = []
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("// "), text.hasSuffix("-begin") {
                (name, lines) = (text.dropFirst(3).dropLast(6), [])
            } else if let current = name, text == "// \(current)-end" {
                // Code inside a function is indented.
                let indent = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
                regions[String(current)] = lines.map { $0.dropFirst(indent) }.joined(separator: "\n")
                name = nil
            } else {
                lines.append(line)
            }
        }
        return regions
    }
}
