import Foundation
import Gesso
import Synchronization
import Testing

#if os(Linux)
/// What the kernel says that this process holds.
private struct Holdings: CustomStringConvertible {
    let residentBytes: Int
    let descriptors: Int
    let threads: Int
    /// How many threads have each name.
    let names: [String: Int]

    init() {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        residentBytes = (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4_096
        descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        names = tasks.reduce(into: [:]) { names, task in
            let name = (try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)) ?? "ended"
            names[String(name.prefix { $0 != "\n" }), default: 0] += 1
        }
        threads = tasks.count
    }

    var description: String {
        let named = names.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return "\(residentBytes >> 10) KiB resident, \(descriptors) descriptors, \(threads) threads (\(named))"
    }
}

/// How often each kind of operation ended in which way.
private final class Tally: Sendable {
    private let counts = Mutex<[String: Int]>([:])
    var all: [String: Int] { counts.withLock { $0 } }
    func add(_ name: String) { counts.withLock { $0[name, default: 0] += 1 } }
}

/// The base URL of the mock server; nil when nobody wants these tests.
private let server = ProcessInfo.processInfo.environment["GESSO_SOAK_SERVER"]

/// Run by Scripts/soak, which starts the mock server in a process of its own.
@Suite("Under mixed operations for long", .enabled(if: server != nil))
struct SoakTests {
    private static let count = Int(ProcessInfo.processInfo.environment["GESSO_SOAK_OPERATIONS"] ?? "") ?? 20_000

    private let images: [Data]
    private let broken: [Data]

    init() throws {
        let bitmap = try TestBitmaps.smooth(320, 240)
        images = try [.png, .jpeg(quality: 85), .webp(quality: 80)].map {
            try ImageEncoder.encode(bitmap, as: $0).data
        }
        broken = images.map { $0.prefix($0.count / 2) } + [Data(), Data("GIF89a".utf8), Data(count: 4_000)]
    }

    @Test("memory, descriptors and threads stay what they were after the first tenth")
    func steady() async throws {
        let tally = Tally()
        try await run(0..<Self.count / 10, tally)
        let before = await atRest()
        print("soak: after \(Self.count / 10): \(before)")
        for tenth in 1..<10 {
            try await run(Self.count * tenth / 10..<Self.count * (tenth + 1) / 10, tally)
            print("soak: after \(Self.count * (tenth + 1) / 10): \(Holdings())")
        }
        let after = await atRest()
        print("soak: at the end: \(after)")
        for (name, count) in tally.all.sorted(by: { $0.key < $1.key }) { print("soak: \(count) \(name)") }
        #expect(after.residentBytes <= before.residentBytes + before.residentBytes / 10)
        #expect(after.descriptors <= before.descriptors)
        #expect(after.threads <= before.threads)
        let unexpected = tally.all.keys.filter { $0.hasPrefix("unexpected") }
        #expect(unexpected == [])
        #expect(PixelBudget.shared.load == (0, 0))
    }

    /// What is held when nothing runs: the threads of Swift's own pools come and go, and end after five seconds without
    /// any work, of which looking is some.
    private func atRest() async -> Holdings {
        try? await Task.sleep(for: .seconds(10))
        return Holdings()
    }

    private func run(_ range: Range<Int>, _ tally: Tally) async throws {
        var configuration = ImagesClient.Configuration()
        configuration.baseURL = server ?? ""
        configuration.apiKey = try ImagesClient.APIKey("needs-no-key")
        let client = ImagesClient(configuration: configuration)
        await withTaskGroup(of: Void.self) { group in
            for index in range {
                if index - range.lowerBound >= 32 { await group.next() }
                group.addTask { await operation(index, client, tally) }
            }
        }
        client.shutdown()
        await client.waitUntilShutDown()
    }

    private func operation(_ index: Int, _ client: ImagesClient, _ tally: Tally) async {
        let image = images[index % images.count]
        switch index % 100 {
        case 0: await end("edit", tally) { try await edit(image, client) }
        case 1..<10: await cancelled("edit", after: index * 7_919 % 60, tally) { try await edit(image, client) }
        case 10..<25:
            await cancelled("thumbnails", after: index * 104_729 % 20, tally) { try await thumbnails(image) }
        case 25..<45:
            await end("broken file", tally, fails: true) { try await thumbnails(broken[index % broken.count]) }
        default: await end("thumbnails", tally) { try await thumbnails(image) }
        }
    }

    private func edit(_ image: Data, _ client: ImagesClient) async throws {
        let result = try await Editor(client: client).edit(
            image, prompt: "a door", mask: .rectangle(Rect(x: 100, y: 80, width: 60, height: 60)),
            renditions: [.thumbnail(64, as: .png)])
        try #require(result.images.count == 1)
    }

    private func thumbnails(_ image: Data) async throws {
        let made = try await Image(image).renditions([
            .thumbnail(96, as: .webp(quality: 80)), .thumbnail(48, as: .png), .thumbnail(32, as: .jpeg(quality: 80)),
        ])
        try #require(made.count == 3)
    }

    private func cancelled(
        _ name: String, after milliseconds: Int, _ tally: Tally, _ body: @escaping @Sendable () async throws -> Void
    ) async {
        let task = Task { try await body() }
        try? await Task.sleep(for: .milliseconds(milliseconds))
        task.cancel()
        switch await task.result {
        case .success: tally.add("\(name), done before their cancel")
        case .failure(let error):
            tally.add("\(Self.isCancel(error) ? "" : "unexpected: ")\(name), cancelled: \(Self.code(error))")
        }
    }

    private func end(_ name: String, _ tally: Tally, fails: Bool = false, _ body: () async throws -> Void) async {
        do {
            try await body()
            tally.add(fails ? "unexpected: \(name), done" : "\(name), done")
        } catch {
            tally.add(fails && error is GessoError ? "\(name), \(Self.code(error))" : "unexpected: \(name), \(error)")
        }
    }

    private static func isCancel(_ error: any Error) -> Bool {
        code(error) == "cancelled" || error is CancellationError
    }

    private static func code(_ error: any Error) -> String {
        switch error {
        case let error as GessoError: error.code.rawValue
        case let error as ImagesAPIError: error.code.rawValue
        case let error as Editor.UnfinishedEdit: code(error.cause)
        default: "\(error)"
        }
    }
}
#endif
