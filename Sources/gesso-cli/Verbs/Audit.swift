import ArgumentParser
import Foundation
import Gesso

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the differences between two files outside a mask.",
        discussion: "The images are compared upright; --feather allows for a blended border around the mask.")

    @Argument(help: ArgumentHelp("The original.", valueName: "BEFORE")) var before: String
    @Argument(help: ArgumentHelp("The edited image, as large as the original.", valueName: "AFTER")) var after: String
    @OptionGroup(title: "Mask") var mask: MaskOptions
    @Option(help: ArgumentHelp("How far around the mask pixels may differ, in pixels.", valueName: "N")) var feather:
        Int = 0
    @Option(help: ArgumentHelp("Write an image of the differences to this PNG file.", valueName: "FILE"))
    var heatmap: String?
    @Option(help: ArgumentHelp("Fail (exit 1) if more pixels outside the mask differ.", valueName: "N"))
    var maxChanged: Int?
    @Option(help: ArgumentHelp("Fail (exit 1) if any of them differs by more levels.", valueName: "LEVELS"))
    var maxDrift: Double?
    @Option(help: ArgumentHelp("The same for the mean difference.", valueName: "LEVELS")) var maxMeanDrift: Double?
    @Option(help: ArgumentHelp("The same for the 99th percentile.", valueName: "LEVELS"))
    var maxP99Drift: Double?
    @Option(
        help: ArgumentHelp(
            "The same for the ΔE2000 added at the mask's border, relative to the original.", valueName: "DELTA"))
    var maxSeam: Double?
    @Flag(help: "Report what exceeds these bounds, but exit 0.") var flag = false
    @Flag(help: "Replace the heatmap's file if it exists.") var force = false
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if !mask.isGiven {
            throw ValidationError("Give the area that may change, e.g. --mask FILE or --mask-rect X,Y,W,H.")
        }
        let bounds = [
            ("--max-changed", maxChanged.map(Double.init)), ("--max-drift", maxDrift),
            ("--max-mean-drift", maxMeanDrift),
            ("--max-p99-drift", maxP99Drift), ("--max-seam", maxSeam),
        ]
        for (name, value) in bounds {
            if let value, !(value >= 0) { throw ValidationError("\(name) takes a number of 0 or more.") }
        }
        if !(0...1_000).contains(feather) { throw ValidationError("--feather takes 0 to 1000 pixels.") }
    }

    func run() async throws {
        try await report.run {
            let limits = report.limits
            let old = try InputFile(before, maximum: limits.byteCount)
            let new = try InputFile(after, maximum: limits.byteCount)
            guard let source = try mask.source() else { throw ExitCode(2) }
            let feather = feather
            var thresholds = EditAudit.Thresholds()
            (thresholds.changedPixels, thresholds.maxDrift) = (maxChanged, maxDrift)
            (thresholds.meanDrift, thresholds.p99Drift) = (maxMeanDrift, maxP99Drift)
            thresholds.addedSeam = maxSeam
            let drawing = try heatmap.map { path in
                try OutputFile(at: path, opensStreams: true)
            }
            let (bounds, force, isFatal) = (thresholds, force, !flag)
            try drawing?.check(overwrites: force)
            return try await Progress.showing { progress in
                progress.say("comparing")
                let bytes = try await Audit.peakBytes(old, new, limits)
                return try await PixelBudget.shared.withReservation(bytes) {
                    try await PixelPool.shared.run {
                        let (first, second) = try Audit.comparable(old, new, limits)
                        var allowed = try source.mask(for: first.size)
                        if feather > 0 { allowed = try allowed.feathered(radius: feather) }
                        let audit = try EditAudit.examining(before: first, after: second, mask: allowed)
                        if let drawing {
                            let image = try first.heatmap(against: second, mask: allowed)
                            try drawing.write(ImageEncoder.encode(image, as: .png).data, overwrites: force)
                        }
                        return AuditReport(audit: audit, violations: audit.violations(of: bounds), isFatal: isFatal)
                    }
                }
            }
        }
    }

    /// The memory in bytes for both images, a copy of each while it is oriented or converted, masks and differences.
    private static func peakBytes(
        _ old: InputFile, _ new: InputFile, _ limits: ImageDecoder.Limits
    ) async throws -> Int {
        var bytes = 0
        for file in [old, new] {
            try await [file].naming {
                let header = try await ImageHeader.read(file.data, limits: limits)
                let memory = ImageDecoder.Options(preserve16Bit: true).memory(for: header)
                let pixels = header.size.pixelCount ?? Int.max / 16
                bytes = bytes.saturatingAdding(memory.bytes(before: memory.kept.saturatingMultiplied(by: 2)))
                    .saturatingAdding(pixels.saturatingMultiplied(by: 8))
            }
        }
        return bytes
    }

    /// Both images, upright. Files with the same profile are compared without conversion, so that the files' own samples
    /// count; others are converted to sRGB.
    private static func comparable(
        _ old: InputFile, _ new: InputFile, _ limits: ImageDecoder.Limits
    ) throws(GessoError) -> (Bitmap, Bitmap) {
        func upright(_ file: InputFile) throws(GessoError) -> Frame {
            do {
                return try Orient().run(
                    Frame(decoding: file.data, options: ImageDecoder.Options(limits: limits, preserve16Bit: true)))
            } catch {
                throw error.about(file.path)
            }
        }
        let (first, second) = (try upright(old), try upright(new))
        let isAlike =
            first.profile == second.profile
            && first.bitmap.format.bitsPerChannel == second.bitmap.format.bitsPerChannel
        if isAlike { return (first.bitmap, second.bitmap) }
        return (try ConvertToSRGB().run(first).bitmap, try ConvertToSRGB().run(second).bitmap)
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
