public import GessoPixels

/// Stages in order; itself a stage, so that pipelines can be parts of pipelines.
///
/// ```swift
/// let prime = Pipeline { Orient(); ConvertToSRGB(); FitToModel(.gptImage26Sunburst, padding: .extendEdges) }
/// print(try prime.explain(Frame.Shape(ImageHeader(probing: file))))
/// let frame = try await prime(Frame(decoding: file))
/// ```
@resultBuilder
public struct Pipeline: Stage {
    /// The stages in the order in which they run.
    public let stages: [any Stage]

    /// A pipeline of these stages.
    public init(_ stages: [any Stage]) { self.stages = stages }

    /// A pipeline of these stages.
    public init(@Pipeline _ stages: () -> [any Stage]) { self.init(stages()) }

    public var detail: String { stages.map(\.name).joined(separator: " → ") }

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        for stage in stages { shape = try stage.plan(shape) }
        return shape
    }

    public func scratchBytes(_ shape: Frame.Shape) -> Int {
        // The steps in between may hold more than the ends: whatever exceeds them is scratch.
        guard let plan = try? explain(shape) else { return 0 }
        return max(0, plan.peakBytes - shape.byteCount - plan.output.byteCount)
    }

    /// The plan for an image of that shape; throws what a stage would refuse.
    public func explain(_ shape: Frame.Shape) throws(GessoError) -> Plan {
        var steps: [Plan.Step] = []
        var before = shape
        for stage in stages {
            let after = try stage.plan(before)
            let peak = before.byteCount.saturatingAdding(after.byteCount).saturatingAdding(stage.scratchBytes(before))
            steps.append(Plan.Step(name: stage.name, detail: stage.detail, shape: after, peakBytes: peak))
            before = after
        }
        return Plan(input: shape, steps: steps)
    }

    /// Runs the stages here and now, on the calling thread; stops between stages when the task is cancelled.
    public func run(_ frame: inout Frame) throws(GessoError) {
        for stage in stages {
            try GessoError.throwIfCancelled(stage: stage.name)
            try PixelWork.run(stage, &frame)
        }
    }

    /// Plans, then runs the stages on ``PixelPool/shared``: never on Swift's cooperative threads.
    public func callAsFunction(_ frame: consuming sending Frame) async throws -> Frame {
        _ = try plan(frame.shape)
        let input = frame
        return try await PixelPool.shared.run { try run(input) }
    }
}

// Stages written one after the other; `if`, `if else` and `for` work inside.
extension Pipeline {
    /// One stage.
    public static func buildExpression(_ stage: some Stage) -> [any Stage] { [stage] }
    /// Stages one after the other.
    public static func buildBlock(_ parts: [any Stage]...) -> [any Stage] { parts.flatMap { $0 } }
    /// The stages of an `if` without `else`.
    public static func buildOptional(_ part: [any Stage]?) -> [any Stage] { part ?? [] }
    /// The stages of an `if`.
    public static func buildEither(first part: [any Stage]) -> [any Stage] { part }
    /// The stages of an `else`.
    public static func buildEither(second part: [any Stage]) -> [any Stage] { part }
    /// The stages of a `for` loop.
    public static func buildArray(_ parts: [[any Stage]]) -> [any Stage] { parts.flatMap { $0 } }
}

extension GessoError {
    /// The same error with one fact more.
    func adding(fact name: String, _ value: String) -> GessoError {
        GessoError(code, stage: stage, message, facts: facts.merging([name: value]) { old, _ in old })
    }

    /// Throws `cancelled` when the current task is; outside of a task it never does.
    package static func throwIfCancelled(stage: String) throws(GessoError) {
        if Task.isCancelled {
            throw GessoError(.cancelled, stage: stage, "The task was cancelled; nothing was written.")
        }
    }
}
