import ArgumentParser
import Foundation
import Gesso

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the differences between two files outside a mask.",
        discussion: "The images are compared upright; --feather allows for a blended border around the mask.")

    @Argument(help: ArgumentHelp("The original.", valueName: "BEFORE")) var before: String
    @Argument(help: ArgumentHelp("The edited image, as large as the original.", valueName: "AFTER")) var after: String
    @OptionGroup var comparison: ComparisonOptions
    @Option(help: ArgumentHelp("Write an image of the differences to this PNG file.", valueName: "FILE"))
    var heatmap: String?
    @Flag(help: "Replace the heatmap's file if it exists.") var force = false
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let limits = report.limits
            let old = try InputFile(before, maximum: limits.byteCount)
            let new = try InputFile(after, maximum: limits.byteCount)
            guard let mask = try comparison.mask.source() else { throw ExitCode(2) }
            let drawing = try heatmap.map { path in
                try OutputFile(at: path, opensStreams: true)
            }
            let (comparison, force) = (comparison, force)
            try drawing?.check(overwrites: force)
            return try await Progress.showing { progress in
                progress.say("comparing")
                let result = try await comparison.compare(old, new, mask, drawsHeatmap: drawing != nil, limits)
                if let drawing, let image = result.heatmap {
                    try await PixelPool.shared.run { try drawing.write(image.data, overwrites: force) }
                }
                return result.report
            }
        }
    }
}

/// The results of `audit`.
struct AuditReport: Report {
    let audit: EditAudit
    /// One sentence for each exceeded bound.
    let violations: [String]
    /// Whether violations make the command fail.
    let isFatal: Bool
    var exitStatus: Int32 { violations.isEmpty || !isFatal ? 0 : 1 }

    enum CodingKeys: CodingKey { case audit, violations }

    func printSummary() {
        say(
            "changed outside the mask  \(audit.changedPixelsOutside) pixels (\(Amount.fixed(audit.changedOutside * 100, 3)) %)"
        )
        say(
            "drift in levels           mean \(Amount.fixed(audit.meanDrift, 2)), p99 \(Amount.fixed(audit.p99Drift, 1)), "
                + "max \(Amount.fixed(audit.maxDrift, 0))")
        say(
            "seam                      ΔE2000 \(Amount.fixed(audit.seamDelta, 2)), before "
                + Amount.fixed(audit.seamDeltaBefore, 2))
        say("mask coverage             \(Amount.fixed(audit.maskCoverage * 100, 1)) %")
        if let found = audit.alignment {
            say(
                "moved by                  \(Amount.fixed(found.shiftX, 2)), \(Amount.fixed(found.shiftY, 2)) px, scale "
                    + "\(Amount.fixed(found.scale, 4)) (confidence \(Amount.fixed(found.confidence, 2)))")
        }
        if let gain = audit.toneGain {
            say("gain to undo              " + gain.map { Amount.fixed($0, 3) }.joined(separator: ", "))
        }
        for violation in violations { say("! \(violation)") }
    }
}
