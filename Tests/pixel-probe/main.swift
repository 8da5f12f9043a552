import Dispatch
import Foundation
import Gesso

// What Scripts/cancellation-latency and Scripts/memory-after-burst run.
//
//   pixel-probe cancel SECONDS [NAME ...]     cancels each operation at random moments for that long, a line of JSON each
//   pixel-probe burst COUNT                   makes files of that many large images at once, and prints resident memory
//   pixel-probe thumbnail COUNT               makes small thumbnails one after the other, for counting instructions
@Sendable func run(_ arguments: [String]) async throws {
    let size = Size(width: 4_000, height: 3_000)
    switch arguments.first {
    case "cancel" where arguments.count >= 2:
        let seconds = Double(arguments[1]) ?? 10
        for probe in try CancellationProbe.all(size) where arguments.count == 2 || arguments[2...].contains(probe.name)
        {
            print(try await probe.run(for: .seconds(seconds)))
        }
    case "burst" where arguments.count == 2:
        try await MemoryProbe(size).run(count: Int(arguments[1]) ?? 64)
    case "thumbnail" where arguments.count == 2:
        let photo = try ImageEncoder.encode(
            TestImage.make(Size(width: 320, height: 240)), as: .jpeg(quality: 85)
        ).data
        for _ in 0..<(Int(arguments[1]) ?? 1) { _ = try await Image(photo).thumbnail(64).webp() }
    default:
        FileHandle.standardError.write(Data("usage: cancel SECONDS [NAME ...] | burst COUNT | thumbnail COUNT\n".utf8))
        exit(64)
    }
}

// The main thread waits here: the one of an asynchronous main program waits in a call that valgrind cannot take.
let end = DispatchSemaphore(value: 0)
let arguments = CommandLine.arguments.dropFirst().map { $0 }
Task.detached { [arguments, end] in
    do { try await run(arguments) } catch {
        FileHandle.standardError.write(Data("\(error)\n".utf8))
        exit(1)
    }
    end.signal()
}
end.wait()
