import Foundation
import Testing

@testable import Gesso

@Suite("The images of a response, written to files")
struct ResponseFilesTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)")

    @Test("are byte for byte what came, with thumbnails beside them")
    func written() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let images = try [
            ImageEncoder.encode(TestBitmaps.smooth(300, 200), as: .png).data,
            ImageEncoder.encode(TestBitmaps.smooth(200, 400), as: .webp).data,
        ]
        let response = ImagesResponse(images: images)
        let written = try await response.write(
            to: folder, stem: "fox", thumbnails: [.thumbnail(64, as: .jpeg), .thumbnail(32, as: .webp)])
        let names = [
            "fox-0.png", "fox-0-64.jpg", "fox-0-32.webp", "fox-1.webp", "fox-1-64.jpg", "fox-1-32.webp",
        ]
        #expect(written.map(\.url.lastPathComponent) == names)
        #expect(try Data(contentsOf: written[0].url) == images[0])
        #expect(try Data(contentsOf: written[3].url) == images[1])
        #expect(written.map(\.size.longEdge) == [300, 64, 32, 400, 64, 32])
        #expect(written.map { $0.thumbnail?.name } == [nil, "64", "32", nil, "64", "32"])
        let error = await #expect(throws: GessoError.self) { try await response.write(to: folder, stem: "fox") }
        #expect(error?.code == .fileExists)
    }

    @Test("are all there when one of them cannot be decoded for its thumbnail")
    func undecodable() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let whole = try ImageEncoder.encode(TestBitmaps.smooth(300, 200), as: .png).data
        let images = [whole.prefix(whole.count / 2), whole]
        let error = await #expect(throws: GessoError.self) {
            try await ImagesResponse(images: images).write(to: folder, thumbnails: [.thumbnail(64, as: .jpeg)])
        }
        #expect(error?.code == .truncated)
        let kept = folder.appending(path: "image-0-incomplete.png")
        #expect(error?.message.contains("billed") == true && error?.facts["path"] == kept.path)
        #expect(try Data(contentsOf: kept) == images[0])
        #expect(try Data(contentsOf: folder.appending(path: "image-1.png")) == images[1])
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: "image-1-64.jpg").path))
    }

    @Test("keep their own names when thumbnails have one size and format, or a stem has letters of any script")
    func unique() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let image = try ImageEncoder.encode(TestBitmaps.smooth(30, 20), as: .png).data
        var names: Set<String> = []
        for stem in ["\u{444}\u{43e}\u{442}\u{43e}", "\u{65e5}\u{672c}", "a b", "a-b", "photo", "photo-old"] {
            let written = try await ImagesResponse(images: [image]).write(
                to: folder, stem: stem,
                thumbnails: [.thumbnail(8, as: .webp), .thumbnail(8, as: .webp(quality: 20)), .thumbnail(8, as: .png)])
            names.formUnion(written.map(\.url.lastPathComponent))
        }
        #expect(names.count == 24)
        #expect(names.isSuperset(of: ["photo-0.png", "photo-0-8.webp", "photo-0-8-2.webp", "photo-0-8.png"]))
    }

    @Test("say what is not in them")
    func notes() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let svg = Data(#"<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"></svg>"#.utf8)
        var response = ImagesResponse(images: [svg])
        response.isComplete = false
        let written = try await response.writeFiles(
            to: folder, stem: "image", thumbnails: [.thumbnail(8, as: .png)], overwrites: false, decoding: .standard,
            metadata: .stripAll)
        #expect(written.notes == [.noThumbnails(of: "image-0"), .incomplete(files: 1)])
        let error = await #expect(throws: GessoError.self) { try await ImagesResponse(images: []).write(to: folder) }
        #expect(error?.code == .emptyInput)
    }
}
