import Foundation
import Gesso

/// Resident memory before, during and after a burst of decodes.
struct MemoryProbe {
    private let photo: Data

    init(_ size: Size) throws {
        photo = try ImageEncoder.encode(TestImage.make(size), as: .jpeg(quality: 85)).data
    }

    /// Prints `before`, `most` and `after` in KiB: nothing else runs, and the first decode is before the start.
    func run(count: Int) async throws {
        _ = try await Image(photo).frame()
        try await Task.sleep(for: .seconds(1))
        let before = Self.resident("VmRSS")
        let photo = photo
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask {
                    _ = try await Image(photo).renditions([
                        .fullSize(as: .jpeg(quality: 80)), .thumbnail(512, as: .webp(quality: 80)),
                        .thumbnail(128, as: .png),
                    ])
                }
            }
            try await group.waitForAll()
        }
        try await Task.sleep(for: .seconds(2))
        print(#"{"before": \#(before), "most": \#(Self.resident("VmHWM")), "after": \#(Self.resident("VmRSS"))}"#)
    }

    private static func resident(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line.flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } } ?? 0
    }
}
