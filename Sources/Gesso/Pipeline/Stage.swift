public import GessoPixels

/// One step of a pipeline.
///
/// A stage of your own is a small `Sendable` value with one function over rows of samples:
///
/// ```swift
/// struct Invert: Stage {
///     func run(_ frame: inout Frame) throws(GessoError) {
///         try frame.bitmap.forEachRow { row, y in for i in row.indices { row[i] = 255 - row[i] } }
///     }
/// }
/// ```
///
/// A stage that changes the size or the format of the pixels, or that refuses some, also has ``plan(_:)``, which sees
/// geometry and formats only, before any pixel is decoded. Both must agree on the shape of the result. Stages are
/// synchronous and know nothing of the network; ``Image``, ``Pipeline`` and ``Editor`` run them on ``PixelPool/shared``.
public protocol Stage: Sendable {
    /// The stage's name in plans and errors; the type's name by default.
    var name: String { get }

    /// The parameters that matter to a reader of a plan; empty by default.
    var detail: String { get }

    /// The shape that `run` gives for a frame of `shape`; the same shape by default.
    ///
    /// Throws what `run` would refuse.
    func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape

    /// The bytes that `run` needs beside its input and output; 0 by default.
    func scratchBytes(_ shape: Frame.Shape) -> Int

    /// Changes the frame, in place where it can: a frame that holds the only reference to its pixels is not copied.
    func run(_ frame: inout Frame) throws(GessoError)
}

extension Stage {
    public var name: String { String(describing: Self.self) }
    public var detail: String { "" }
    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape { shape }
    public func scratchBytes(_ shape: Frame.Shape) -> Int { 0 }

    /// Runs the stage on the calling thread and returns the changed frame.
    ///
    /// For callers with threads of their own; it neither reserves memory nor leaves Swift's cooperative threads.
    public func run(_ frame: consuming Frame) throws(GessoError) -> Frame {
        var frame = frame
        try run(&frame)
        return frame
    }
}

/// A stage of ours that does nothing, and makes no copy, when its plan changes nothing.
protocol SkippingStage: Stage {}

/// A stage of ours that runs others.
protocol ComposedStage: Stage {
    var pipeline: Pipeline { get }
}

extension Pipeline: ComposedStage {
    var pipeline: Pipeline { self }

    /// The stages in order, those of composed stages in place of these.
    var simpleStages: [any Stage] {
        stages.flatMap { ($0 as? any ComposedStage)?.pipeline.simpleStages ?? [$0] }
    }
}
