import ArgumentParser
import Foundation
import Gesso

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures what changed outside a mask between two files.",
        discussion: "The pictures are compared upright; --feather allows for a blended border around the mask.")

    @Argument(help: ArgumentHelp("The original.", valueName: "BEFORE")) var before: String
    @Argument(help: ArgumentHelp("The edited picture, as large as the original.", valueName: "AFTER")) var after: String
    @OptionGroup(title: "Mask") var mask: MaskOptions
    @Option(help: ArgumentHelp("Pixels around the mask that may change too.", valueName: "N")) var feather: Int = 0
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if mask.mask == nil && mask.maskRect == nil && mask.maskEllipse == nil {
            throw ValidationError("Say what may change: --mask, --mask-rect or --mask-ellipse.")
        }
        if !(0...1_000).contains(feather) { throw ValidationError("--feather takes 0 to 1000 pixels.") }
    }

    func run() async throws {
        try await report.run {
            let (old, new) = (try InputFile(before), try InputFile(after))
            guard let selection = try mask.selection() else { throw ExitCode(2) }
            let feather = feather
            return try await Progress.showing { progress in
                progress.say("comparing")
                return try await PixelPool.shared.run {
                    // Files of one profile are compared as they are, so that "bit for bit" means the files' own samples.
                    var first = try Orient().run(Frame(decoding: old.data, options: DecodeOptions(preserve16Bit: true)))
                    var second = try Orient().run(
                        Frame(decoding: new.data, options: DecodeOptions(preserve16Bit: true)))
                    if first.profile != second.profile
                        || first.bitmap.format.bitsPerChannel != second.bitmap.format.bitsPerChannel
                    {
                        first = try ConvertToSRGB().run(first)
                        second = try ConvertToSRGB().run(second)
                    }
                    var allowed = try selection.mask(for: first.bitmap.size)
                    if feather > 0 { allowed = try allowed.feathered(radius: feather) }
                    let audit = try EditAudit.measuring(before: first.bitmap, after: second.bitmap, mask: allowed)
                    return AuditReport(audit: audit)
                }
            }
        }
    }
}

/// What `audit` found.
struct AuditReport: Report {
    let audit: EditAudit

    func printSummary() {
        print(
            "changed outside the mask  \(audit.changedPixelsOutside) pixels (\(Amount.fixed(audit.changedOutside * 100, 3)) %)"
        )
        print(
            "drift in levels           mean \(Amount.fixed(audit.meanDrift, 2)), p99 \(Amount.fixed(audit.p99Drift, 1)), "
                + "max \(Amount.fixed(audit.maxDrift, 0))")
        print("seam                      ΔE2000 \(Amount.fixed(audit.seamDelta, 2))")
        print("mask coverage             \(Amount.fixed(audit.maskCoverage * 100, 1)) %")
    }
}
