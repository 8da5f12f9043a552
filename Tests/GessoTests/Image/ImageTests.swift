import Foundation
import Synchronization
import Testing

@testable import Gesso

@Suite("The image chain")
struct ImageTests {
    @Test(
        "gives upright outputs in the order and the sizes that were asked for",
        arguments: ["dogs-phone.jpg", "brushes-display-p3.jpg", "dandelions.webp", "bowl-cutout.png"])
    func sizes(_ name: String) async throws {
        let file = try DemoPhotographs.data(name)
        let upright = try await Image(file).header().uprightSize
        let images = try await Image(file).renditions([
            .thumbnail(256, as: .webpLossless), .thumbnail(Size(width: 96, height: 160), covers: true, as: .png),
            .thumbnail(64, as: .jpeg(quality: 80)),
        ])
        #expect(images.map(\.format) == [.webp, .png, .jpeg])
        #expect(
            images.map(\.size) == [
                Placement.Fit.inside.target(for: upright, in: Size(width: 256, height: 256)),
                Size(width: 96, height: 160),
                Placement.Fit.inside.target(for: upright, in: Size(width: 64, height: 64)),
            ])
        for image in images { #expect(try ImageHeader(probing: image.data).size == image.size) }
    }

    @Test("makes each rendition as the same calls alone make it")
    func renditionsEqualSingles() async throws {
        let image = Image(try DemoPhotographs.data("bowl-cutout.png"))
        let together = try await image.renditions([.thumbnail(200, as: .png(reduces: true)), .thumbnail(70, as: .webp)])
        #expect(try await image.thumbnail(200).png() == together[0])
        #expect(try await image.thumbnail(70).webp() == together[1])
    }

    @Test("makes the same files one after another where the budget cannot afford them at once")
    func sequential() async throws {
        let file = try DemoPhotographs.data("bowl-cutout.png")
        let renditions: [Rendition] = (1...12).map { .thumbnail(40 * $0, as: .png) }
        let wide = try await Image(file).renditions(renditions)
        // Twelve outputs at once need more than this, each alone less.
        let budget = PixelBudget(bytes: 12 << 20)
        let narrow = try await Image(file, budget: budget).renditions(renditions)
        #expect(wide == narrow)
    }

    @Test("writes a file whole, named by its extension, and keeps one that is there")
    func writes() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let target = folder.appending(path: "small.webp")
        let image = Image(try DemoPhotographs.data("dogs-phone.jpg")).fitted(300)
        let written = try await image.write(to: target)
        #expect(try Data(contentsOf: target) == written.data)
        #expect(written.format == .webp)
        let kept = await #expect(throws: GessoError.self) { try await image.write(to: target) }
        #expect(kept?.code == .fileExists)
        let unnamed = await #expect(throws: GessoError.self) {
            try await image.write(to: folder.appending(path: "x.tiff"))
        }
        #expect(unnamed?.code == .unsupportedFormat)
    }

    @Test("reads a file no further than the limit, and names it when it is not there")
    func files() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        let missing = await #expect(throws: GessoError.self) { try await Image(contentsOf: file).header() }
        #expect(missing?.code == .fileNotFound)
        try DemoPhotographs.data("dogs-phone.jpg").write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try await Image(contentsOf: file).thumbnail(64).png().size.longEdge == 64)
        var limits = ImageDecoder.Limits.default
        limits.byteCount = 1_000
        let refusal = await #expect(throws: GessoError.self) {
            try await Image(contentsOf: file, limits: limits).header()
        }
        #expect(refusal?.code == .tooManyBytes)
    }

    @Test("collects bytes that arrive in pieces and stops at the limit")
    func pieces() async throws {
        let file = try DemoPhotographs.data("bowl-cutout.png")
        let pieces = AsyncStream<[UInt8]> { stream in
            for start in stride(from: 0, to: file.count, by: 50_000) {
                stream.yield(Array(file[start..<min(start + 50_000, file.count)]))
            }
            stream.finish()
        }
        let small = try await Image(collecting: pieces).thumbnail(64).png()
        #expect(try await Image(file).thumbnail(64).png() == small)
        var limits = ImageDecoder.Limits.default
        limits.byteCount = 100_000
        let taken = Mutex(0)
        let endless = AsyncStream<[UInt8]> {
            taken.withLock { $0 += 1 }
            return [UInt8](repeating: 0, count: 10_000)
        }
        let bounded = limits
        let refusal = await #expect(throws: GessoError.self) { try await Image(collecting: endless, limits: bounded) }
        #expect(refusal?.code == .tooManyBytes)
        #expect(taken.withLock { $0 } == 11)
    }

    @Test("reserves the memory of the smaller decode, and refuses what the budget can never afford before decoding")
    func memory() async throws {
        let file = try ImageEncoder.encode(
            Bitmap(size: Size(width: 4000, height: 3000), format: .rgb8), as: .jpeg(quality: 50)
        ).data
        let budget = PixelBudget(bytes: 6 << 20)
        #expect(try await Image(file, budget: budget).thumbnail(200).png().size == Size(width: 200, height: 150))
        let refusal = await #expect(throws: GessoError.self) { try await Image(file, budget: budget).png() }
        #expect(refusal?.code == .limitExceeded)
    }

    @Test("keeps metadata and profile only where it was asked to")
    func metadata() async throws {
        let file = try DemoPhotographs.data("brushes-display-p3.jpg")
        let plain = try await Image(file).fitted(200).jpeg()
        #expect(try ImageHeader(probing: plain.data).metadata.isEmpty)
        #expect(try ImageHeader(probing: plain.data).profileKind == .none)
        let kept = try await Image(file).fitted(200).keepingProfile().jpeg()
        #expect(try ImageHeader(probing: kept.data).profileKind == .displayP3)
    }

    @Test("fits an output into a number of bytes", arguments: [8_000, 20_000])
    func byteLimit(_ bytes: Int) async throws {
        let image = Image(try DemoPhotographs.data("dogs-phone.jpg")).fitted(800)
        #expect(try await image.webp(maxBytes: bytes).data.count <= bytes)
        #expect(try await image.jpeg(maxBytes: bytes).data.count <= bytes)
    }

    @Test("does not begin once the task is cancelled")
    func cancelled() async throws {
        let file = try DemoPhotographs.data("dogs-phone.jpg")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await Image(file).thumbnail(64).png()
        }
        let error = await #expect(throws: GessoError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }
}
