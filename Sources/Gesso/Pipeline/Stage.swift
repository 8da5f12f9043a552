public import GessoPixels

/// One step of a pipeline.
///
/// A stage of your own is a small `Sendable` value with two functions. ``plan(_:)`` says what comes out, from geometry
/// and formats only, and refuses what cannot work before any pixel is touched; ``run(_:)`` does it. Both must agree on
/// the shape of the result. Stages are synchronous and know nothing of the network; pipelines run them off Swift's
/// cooperative threads.
///
/// ```swift
/// struct Invert: Stage {
///     func plan(_ shape: FrameShape) throws(GessoError) -> FrameShape { shape }
///     func run(_ frame: consuming Frame) throws(GessoError) -> Frame {
///         var frame = frame
///         try frame.bitmap.withMutableBytes { (bytes) throws(GessoError) in
///             for i in 0..<bytes.byteCount { … }
///         }
///         return frame
///     }
/// }
/// ```
public protocol Stage: Sendable {
    /// The stage's name in plans and errors; the type's name unless you say otherwise.
    var name: String { get }

    /// The parameters that matter to a reader of a plan; empty when there are none.
    var detail: String { get }

    /// The shape that ``run(_:)`` gives for a frame of `shape`; throws what it would refuse.
    func plan(_ shape: FrameShape) throws(GessoError) -> FrameShape

    /// The bytes that ``run(_:)`` needs beside its input and output; 0 unless you say otherwise.
    func scratchBytes(_ shape: FrameShape) -> Int

    /// Does the work; consumes the frame so that a stage which holds the only reference can work in place.
    func run(_ frame: consuming Frame) throws(GessoError) -> Frame
}

extension Stage {
    public var name: String { String(describing: Self.self) }
    public var detail: String { "" }
    public func scratchBytes(_ shape: FrameShape) -> Int { 0 }
}
