import Benchmark
import Foundation
import Jobs

let benchmarks: @Sendable () -> Void = {
    guard let folder = ProcessInfo.processInfo.environment["GESSO_BENCHMARK_INPUTS"] else {
        FileHandle.standardError.write(
            Data("GESSO_BENCHMARK_INPUTS is not set; run Scripts/bench, which makes the inputs.\n".utf8))
        return
    }
    let inputs = URL(filePath: folder)
    let configuration = Benchmark.Configuration(
        metrics: [.wallClock, .peakMemoryResident], maxDuration: .seconds(2), maxIterations: 1_000)
    for job in Job.all {
        Benchmark(job.name, configuration: configuration) { benchmark in
            let work = try job.prepare(inputs)
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(try work()) }
            benchmark.stopMeasurement()
        }
    }
}
