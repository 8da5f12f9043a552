import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One run of an image chain: all that is decided from the header, then the work within its reservation.
struct ImageRun: Sendable {
    /// One file to make from the common frame.
    struct Output: Sendable {
        var stages: [any Stage]
        let encoding: ImageEncoding
        var maxBytes: Int?
        /// Whether all frames of an animation are kept.
        var isAnimated = false
    }

    let image: Image
    let data: Data
    let decode: ImageDecoder.Options
    /// What is done once, before the outputs part; for each frame of an animation.
    let common: Pipeline
    let outputs: [Output]
    let header: ImageHeader
    private let isAnimated: Bool
    private let memory: MemoryPlan
    /// The plan of the first output, or of the common stages when there is none.
    let plan: Pipeline.Plan

    init(_ image: Image, outputs: [Output]) async throws {
        let (data, limits) = (try await image.load(), image.limits)
        let header = try await PixelPool.shared.run { try ImageHeader(probing: data, limits: limits) }
        try self.init(image, data, header, outputs)
    }

    private init(_ image: Image, _ data: Data, _ header: ImageHeader, _ outputs: [Output]) throws(GessoError) {
        self.image = image
        self.data = data
        self.header = header
        isAnimated = try Self.keepsFrames(of: header, image.stages, outputs)
        var shared = image.stages
        var ends = outputs.map { $0.stages }
        // With stages of its own the chain decides about the decode, else the outputs do, each for itself.
        let targets: [Size?]
        if isAnimated {
            shared = [Orient()] + shared
            targets = [nil]
        } else if shared.isEmpty, !outputs.isEmpty {
            let reduced = ends.map { ShrinkOnLoad([Orient()] + $0, of: header) }
            targets = reduced.map(\.targetSize)
            ends = reduced.map(\.stages)
        } else {
            let reduced = ShrinkOnLoad([Orient()] + shared, of: header)
            targets = [reduced.targetSize]
            shared = reduced.stages
        }
        let target =
            targets.contains(nil)
            ? nil
            : targets.compactMap { $0 }.reduce(Size(width: 1, height: 1)) { most, size in
                Size(width: max(most.width, size.width), height: max(most.height, size.height))
            }
        decode = ImageDecoder.Options(limits: image.limits, level: image.level, targetSize: target)
        common = Pipeline(shared)
        self.outputs = zip(outputs, ends).map { output, stages in
            var finished = output
            finished.stages =
                stages + (image.convertsToSRGB ? [ConvertToSRGB()] : []) + [PrepareForEncoding(output.encoding)]
            return finished
        }
        var shape = Frame.Shape(header)
        shape.size = decode.decodedSize(of: header)
        // Frames are drawn on a canvas with alpha.
        if isAnimated { shape.format = .rgba8 }
        let prefix = try common.explain(shape)
        let branches = try self.outputs.map { output throws(GessoError) in
            try Pipeline(output.stages).explain(prefix.output)
        }
        for plan in [prefix] + branches { try plan.check(image.limits, image.budget) }
        let planned = zip(branches, self.outputs).map { branch, output in
            branch.peakBytes(encodedAs: output.encoding, searches: output.maxBytes != nil)
        }
        let files = zip(branches, self.outputs).map { $0.longestFile(encodedAs: $1.encoding) }
        if isAnimated {
            let sizes = zip(branches, self.outputs).filter(\.1.isAnimated).map { ($0.output.size, $1.encoding) }
            memory = MemoryPlan(
                animation: header, decoding: decode.memory(for: header), common: prefix, branches: planned,
                animations: sizes)
        } else {
            memory = MemoryPlan(
                decoding: decode.memory(for: header), common: prefix, branches: planned, files: files,
                limit: image.budget.limit)
        }
        plan = branches.first.map { Pipeline.Plan(input: shape, steps: prefix.steps + $0.steps) } ?? prefix
    }

    /// Makes the files that `outputs` ask for.
    static func files(of image: Image, _ outputs: [Output]) async throws -> [EncodedImage] {
        try await PixelWork.observing(.image) { try await ImageRun(image, outputs: outputs)() }
    }

    /// Makes the pixels that the steps give.
    static func frame(of image: Image) async throws -> Frame {
        try await PixelWork.observing(.image) { try await ImageRun(image, outputs: []).frame() }
    }

    private func callAsFunction() async throws -> [EncodedImage] {
        try await files().map { file in
            var file = file
            file.source = header
            return file
        }
    }

    private func files() async throws -> [EncodedImage] {
        try await image.budget.withReservation(memory.bytes) {
            if isAnimated {
                return try await PixelPool.shared.run {
                    try PixelWork.observing(.animation(format: PixelWork.label(header.format))) {
                        () throws(GessoError) in try animate()
                    }
                }
            }
            let frame = try await PixelPool.shared.run { try decodedFrame() }
            let metadata = try await PixelPool.shared.run { () throws(GessoError) in
                try ImageMetadata(of: data, policy: image.metadataPolicy, limits: image.limits)
            }
            guard memory.isParallel, outputs.count > 1 else {
                return try await PixelPool.shared.run { try outputs.map { try encode($0, frame, metadata) } }
            }
            return try await withThrowingTaskGroup(of: (Int, EncodedImage).self) { group in
                for (index, output) in outputs.enumerated() {
                    group.addTask(executorPreference: PixelPool.shared) {
                        (index, try PixelWork.onPoolThread { try encode(output, frame, metadata) })
                    }
                }
                var images = [EncodedImage?](repeating: nil, count: outputs.count)
                for try await (index, image) in group { images[index] = image }
                return images.compactMap { $0 }
            }
        }
    }

    private func frame() async throws -> Frame {
        try await image.budget.withReservation(memory.bytes) {
            try await PixelPool.shared.run {
                let frame = try decodedFrame()
                return image.convertsToSRGB ? try ConvertToSRGB().run(frame) : frame
            }
        }
    }

    private func decodedFrame() throws(GessoError) -> Frame {
        try GessoError.throwIfCancelled(stage: "decode")
        var frame = try Frame(decoding: data, header: header, options: decode)
        let stages = common.simpleStages
        for (index, stage) in stages.enumerated() {
            try GessoError.throwIfCancelled(stage: stage.name)
            let planned = try stage.plan(frame.shape).size
            try PixelWork.run(stage, &frame)
            if frame.bitmap.size != planned {
                try check(Array(stages.dropFirst(index + 1)), after: stage, frame.shape)
            }
        }
        return frame
    }

    /// Plans the stages again after one that gives another size than it planned, such as a trim: an image of another shape
    /// may become larger than the one that was planned.
    ///
    /// Throws `limitExceeded` where the rest takes more bytes than are reserved.
    private func check(
        _ stages: [any Stage], after stage: any Stage, _ shape: Frame.Shape
    ) throws(GessoError) {
        let rest = try Pipeline(stages).explain(shape)
        try rest.check(image.limits, image.budget)
        var needed = rest.peakBytes
        for output in outputs {
            let branch = try Pipeline(output.stages).explain(rest.output)
            try branch.check(image.limits, image.budget)
            needed = max(needed, branch.peakBytes(encodedAs: output.encoding, searches: output.maxBytes != nil))
        }
        guard needed > memory.bytes else { return }
        throw GessoError(
            .limitExceeded, stage: "budget",
            "After \(stage.name) the image is \(shape.size) and takes \(needed) bytes for the stages after it, more than the "
                + "\(memory.bytes) that its planned size needs and that were reserved; run that stage on its own first, or do not "
                + "enlarge the image.",
            facts: ["stage": stage.name, "found": "\(needed)", "allowed": "\(memory.bytes)"])
    }

    func encode(_ output: Output, _ frame: Frame, _ metadata: ImageMetadata) throws(GessoError) -> EncodedImage {
        try GessoError.throwIfCancelled(stage: "encode")
        return try PixelWork.observing(
            .rendition(format: PixelWork.label(output.encoding.format))
        ) { () throws(GessoError) in
            let finished = try Pipeline(output.stages).run(frame)
            var file =
                if let maxBytes = output.maxBytes {
                    try ByteLimit(bytes: maxBytes).encode(
                        finished.bitmap, as: output.encoding, profile: finished.profile, metadata: metadata
                    ).image
                } else {
                    try PixelWork.encode(
                        finished.bitmap, as: output.encoding, profile: finished.profile, metadata: metadata)
                }
            file.prepend(finished.warnings + metadata.warnings)
            return file
        }
    }
}

extension Pipeline.Plan {
    /// Throws `tooManyPixels` for a step that makes a larger image than an output may be.
    fileprivate func check(_ limits: ImageDecoder.Limits, _ budget: PixelBudget) throws(GessoError) {
        for step in steps where step.shape.size != input.size {
            let (size, allowed) = (step.shape.size, limits.outputPixelCount)
            guard let count = size.pixelCount, count <= allowed else {
                throw GessoError(
                    .tooManyPixels, stage: "resize",
                    "The output would be \(size) pixels, and \(allowed) in total are allowed (limits.outputPixelCount, "
                        + "--limit output-pixels=N); it would take \(step.peakBytes) bytes of the pixel budget of "
                        + "\(budget.limit) (GESSO_PIXEL_BUDGET, or --pixel-budget). Ask for a smaller image.",
                    facts: ["found": "\(size)", "allowed": "\(allowed)", "budget": "\(budget.limit)"])
            }
        }
    }
}

/// The bytes that a chain reserves: enough for all outputs at once where the budget has them, else for one at a time.
struct MemoryPlan: Sendable {
    let bytes: Int
    let isParallel: Bool

    init(bytes: Int, isParallel: Bool) {
        self.bytes = bytes
        self.isParallel = isParallel
    }

    /// `branches` are the bytes that each output takes at most, the common frame included; `files` those of its file.
    init(decoding: DecodingMemory, common: Pipeline.Plan, branches: [Int], files: [Int], limit: Int) {
        let frame = common.output.byteCount
        // The common frame is shared by all outputs and counted once.
        let extra = branches.map { max(0, $0 - frame) }
        // Files that are done wait for the others.
        let done = files.dropLast().reduce(0) { $0.saturatingAdding($1) }
        func reservation(_ outputs: Int) -> Int {
            decoding.bytes(before: max(common.peakBytes, frame.saturatingAdding(outputs)))
        }
        let together = reservation(extra.reduce(0) { $0.saturatingAdding($1) })
        let alone = reservation((extra.max() ?? 0).saturatingAdding(done))
        isParallel = together <= limit
        bytes = isParallel ? together : alone
    }
}
