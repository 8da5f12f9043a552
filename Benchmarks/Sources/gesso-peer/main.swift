import Clocks
import Foundation
import Jobs

// Speaks with Peers/compare.py: a line `RUNS<TAB>JOB` in, a line of JSON out: nanoseconds of all runs together by the
// clock on the wall and by the processor's, and bytes made by one.
// With `--once JOB` (or `--idle JOB`, which reads the inputs and stops there) it is a child whose memory is measured; both
// do the work on tiny images first, so that the libraries' own pages do not count.

func fail(_ message: String) -> Never {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    exit(1)
}

let arguments = CommandLine.arguments
guard arguments.count >= 2 else { fail("usage: gesso-peer INPUTS [--once JOB | --idle JOB]") }
let inputs = URL(filePath: arguments[1])

func prepared(_ name: String) throws -> () throws -> Int {
    guard let job = Job.named(name) else { fail("no job \(name)") }
    return try job.prepare(inputs)
}

if arguments.count == 4 {
    let tiny = inputs.appending(path: "tiny")
    if let job = Job.named(arguments[3]), FileManager.default.fileExists(atPath: tiny.path) {
        _ = try? job.prepare(tiny)()
    }
    let work = try prepared(arguments[3])
    if arguments[2] == "--once" { _ = try work() }
    exit(0)
}

print("[" + Job.all.map { "\"\($0.name)\"" }.joined(separator: ",") + "]")
fflush(nil)
var current: (name: String, work: () throws -> Int)?
while let line = readLine() {
    let fields = line.split(separator: "\t")
    guard fields.count == 2, let runs = Int(fields[0]) else { fail("not understood: \(line)") }
    let name = String(fields[1])
    if current?.name != name { current = (name, try prepared(name)) }
    guard let work = current?.work else { fail("nothing to run") }
    var bytes = 0
    let (wall, processor) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
    for _ in 0..<runs { bytes = try work() }
    let (wallEnd, processorEnd) = (nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID))
    print("{\"wall\":\(wallEnd - wall),\"processor\":\(processorEnd - processor),\"bytes\":\(bytes)}")
    fflush(nil)
}
