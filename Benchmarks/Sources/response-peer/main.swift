import Clocks
import Foundation
import ImagesAPI

// Speaks with Peers/responses.py: a line `RUNS<TAB>PROMPT` in, a line of JSON out: nanoseconds of all runs together by the
// clock on the wall and by the processor's, the images' bytes of one run, and the moments at which each had them.
// `--once PROMPT` (or `--idle PROMPT`, which makes small requests only) is a child whose memory is measured; `--many COUNT
// PROMPT` makes so many streams at once on one client.

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
}

/// KiB at the process's peak so far.
func peakMemory() -> Int {
    var usage = rusage()
    // RUSAGE_SELF, which has another type in every C library.
    getrusage(.init(0), &usage)
    return usage.ru_maxrss
}

struct Peer {
    let client: ImagesClient

    init(baseURL: String) throws {
        var configuration = ImagesClient.Configuration()
        configuration.baseURL = baseURL
        configuration.apiKey = try ImagesClient.APIKey("k")
        configuration.retryPolicy = .never
        client = ImagesClient(configuration: configuration)
    }

    func work(_ prompt: String) async throws -> Int {
        let request = GenerationRequest(prompt: prompt, model: .gptImage2)
        guard prompt.contains("stream") else { return try await client.generate(request).data?.count ?? 0 }
        var bytes = 0
        for try await event in client.generateStream(request, partialImages: 3) {
            bytes += event.image.data?.count ?? 0
        }
        return bytes
    }

    func warmUp() async throws {
        _ = try await work("json 1000")
        _ = try await work("stream 1 1000 1000")
    }

    func many(_ count: Int, _ prompt: String) async throws -> String {
        try await warmUp()
        let floor = peakMemory()
        let (wall, processor) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
        let (whole, bytes) = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<count { group.addTask { try? await work(prompt) } }
            return await group.reduce(into: (0, 0)) { result, bytes in
                result.0 += bytes == nil ? 0 : 1
                result.1 += bytes ?? 0
            }
        }
        let (wallEnd, processorEnd) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
        return "{\"wall\":\(wallEnd - wall),\"processor\":\(processorEnd - processor),\"bytes\":\(bytes),"
            + "\"whole\":\(whole),\"floor\":\(floor),\"peak\":\(peakMemory())}"
    }
}

let arguments = CommandLine.arguments
guard arguments.count >= 2 else {
    fail("usage: response-peer BASE_URL [--once PROMPT | --idle PROMPT | --many COUNT PROMPT]")
}
let peer = try Peer(baseURL: arguments[1])

switch arguments.dropFirst(2).first {
case "--many":
    guard arguments.count == 5, let count = Int(arguments[3]) else { fail("--many takes a count and a prompt") }
    print(try await peer.many(count, arguments[4]))
case "--once", "--idle":
    try await peer.warmUp()
    if arguments[2] == "--once", arguments.count == 4 { _ = try await peer.work(arguments[3]) }
default:
    print("{\"version\":\"Gesso\"}")
    fflush(nil)
    while let line = readLine() {
        let fields = line.split(separator: "\t")
        guard fields.count == 2, let runs = Int(fields[0]) else { fail("not understood: \(line)") }
        let prompt = String(fields[1])
        var bytes = 0
        var done: [UInt64] = []
        let (wall, processor) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
        for _ in 0..<runs {
            bytes = try await peer.work(prompt)
            done.append(nanoseconds(CLOCK_MONOTONIC))
        }
        let (wallEnd, processorEnd) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
        print(
            "{\"wall\":\(wallEnd - wall),\"processor\":\(processorEnd - processor),\"bytes\":\(bytes),\"done\":\(done)}"
        )
        fflush(nil)
    }
}
