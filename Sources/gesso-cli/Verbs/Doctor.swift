import ArgumentParser
import Foundation
import Gesso

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows libraries, instruction set and limits of this installation.")

    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            var versions = CodecVersions.all
            versions["libcurl"] = ImagesClient.libcurlVersion
            let key = ProcessInfo.processInfo.environment["OPENAI_API_KEY"]?.isEmpty == false
            var advice: [String] = []
            if !key { advice.append("OPENAI_API_KEY is not set: only --mock works") }
            let execution = try PixelPool.Limits.current()
            return DoctorReport(
                libraries: versions, simd: "\(SIMDLevel.active)", threads: execution.threads,
                threadsSource: execution.threadsSource, pixelBudget: execution.pixelBudget,
                pixelBudgetSource: execution.pixelBudgetSource, limits: .default, keyIsSet: key, advice: advice)
        }
    }
}

/// The results of `doctor`.
struct DoctorReport: Report {
    let libraries: [String: String]
    let simd: String
    let threads: Int
    let threadsSource: String
    let pixelBudget: Int
    let pixelBudgetSource: String
    let limits: ImageDecoder.Limits
    let keyIsSet: Bool
    let advice: [String]

    func printSummary() {
        for (name, version) in libraries.sorted(by: { $0.key < $1.key }) {
            print(name.padding(toLength: 16, withPad: " ", startingAt: 0) + version)
        }
        print("instruction set " + simd)
        print("threads         \(threads): \(threadsSource)")
        print("pixel budget    \(pixelBudget >> 20) MiB: \(pixelBudgetSource)")
        print(
            "one image       \(limits.pixelCount) pixels and \(limits.sideLength) a side at most"
        )
        for line in advice { print("! \(line)") }
    }
}
