import ArgumentParser
import Foundation
import Gesso

/// How two images are compared outside of a mask.
struct ComparisonOptions: ParsableArguments {
    @OptionGroup(title: "Mask") var mask: MaskOptions
    @Option(help: ArgumentHelp("How far around the mask pixels may differ, in pixels.", valueName: "N")) var feather:
        Int = 0
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

    /// Compares two files on the pool within the budget; draws the differences as a PNG if asked to.
    func compare(
        _ old: InputFile, _ new: InputFile, _ mask: MaskSource, drawsHeatmap: Bool, _ limits: ImageDecoder.Limits
    ) async throws -> (report: AuditReport, heatmap: EncodedImage?) {
        var thresholds = EditAudit.Thresholds()
        (thresholds.changedPixels, thresholds.maxDrift) = (maxChanged, maxDrift)
        (thresholds.meanDrift, thresholds.p99Drift) = (maxMeanDrift, maxP99Drift)
        thresholds.addedSeam = maxSeam
        let (bounds, feather, isFatal) = (thresholds, feather, !flag)
        let bytes = try await ComparisonOptions.peakBytes(old, new, limits)
        return try await PixelBudget.shared.withReservation(bytes) {
            try await PixelPool.shared.run {
                let (first, second) = try ComparisonOptions.comparable(old, new, limits)
                var allowed = try mask.mask(for: first.size)
                if feather > 0 { allowed = try allowed.feathered(radius: feather) }
                let audit = try EditAudit.examining(before: first, after: second, mask: allowed)
                let heatmap =
                    drawsHeatmap
                    ? try ImageEncoder.encode(first.heatmap(against: second, mask: allowed), as: .png) : nil
                return (AuditReport(audit: audit, violations: audit.violations(of: bounds), isFatal: isFatal), heatmap)
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
