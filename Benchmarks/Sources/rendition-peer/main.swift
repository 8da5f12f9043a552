import Clocks
import Foundation
import Gesso

// Peers/processes.py runs it with GESSO_THREADS=1 and 2: reads a line with a number of runs, makes three renditions of eight
// files so many times, all files side by side or, with `--apart`, one after the other, and writes a line of JSON: nanoseconds
// by the clock on the wall and by the processor's, and bytes made by one run.

private let renditions: [Rendition] = [512, 256, 128].map { .thumbnail($0, as: .webp(quality: 80)) }

/// The bytes of the renditions of one file, from one decode.
@Sendable func bytes(of file: Data) async throws -> Int {
    try await Image(file).renditions(renditions).reduce(0) { $0 + $1.data.count }
}

/// The bytes of those of all files.
@Sendable func bytes(of files: [Data], isApart: Bool) async throws -> Int {
    guard isApart else {
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for file in files { group.addTask { try await bytes(of: file) } }
            return try await group.reduce(0, +)
        }
    }
    var sum = 0
    for file in files { sum += try await bytes(of: file) }
    return sum
}

let folder = URL(filePath: CommandLine.arguments[1])
let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
let photographs = try names.map { try Data(contentsOf: folder.appending(path: $0)) }
// As many as eight, so that the last one alone does not decide.
let files = (0..<8).map { photographs[$0 % photographs.count] }
let isApart = CommandLine.arguments.contains("--apart")

while let line = readLine(), let runs = Int(line) {
    var made = 0
    let (wall, processor) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
    for _ in 0..<runs { made = try await bytes(of: files, isApart: isApart) }
    let (wallEnd, processorEnd) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
    print("{\"wall\":\(wallEnd - wall),\"processor\":\(processorEnd - processor),\"bytes\":\(made)}")
    fflush(nil)
}
