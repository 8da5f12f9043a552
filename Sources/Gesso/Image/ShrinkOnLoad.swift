import GessoCodecs
import GessoPixels

/// How much smaller an image may be decoded because it is scaled down right afterwards, and the stages to run then.
///
/// The geometry always comes from the full size. A smaller decode is taken only where the result stays the same within
/// what the resampling filters themselves differ by: the first stage that touches pixels is a resize by a wide filter, in
/// encoded values, without alpha (libwebp scales straight alpha), and at least twice the target is left on both sides.
struct ShrinkOnLoad {
    /// The size that the whole stored image will have after the resize; nil when it must be decoded in full.
    let targetSize: Size?
    /// The stages, the resize replaced by one that takes its geometry from the full size.
    let stages: [any Stage]

    init(_ stages: [any Stage], of header: ImageHeader) {
        let shape = Frame.Shape(header)
        var remaining = Pipeline(stages).simpleStages
        var done: [any Stage] = []
        var current = shape
        // None of these looks at neighbors. Display P3 has the curve of sRGB, so that both orders average the same values.
        let hasCurveOfSRGB = shape.isSRGB || header.profileKind == .displayP3
        while let stage = remaining.first,
            stage is Orient || stage is Rotate || stage is Flip || (stage is ConvertToSRGB && hasCurveOfSRGB)
        {
            guard let next = try? stage.plan(current) else { break }
            current = next
            done.append(remaining.removeFirst())
        }
        if let fit = remaining.first as? FitToModel, let steps = try? fit.pipeline(for: current.size) {
            remaining.replaceSubrange(..<1, with: steps.stages)
        }
        guard let resize = remaining.first as? Resize, !header.hasAlpha, resize.filter.support >= 2,
            resize.space == .encoded, (try? resize.plan(current)) != nil
        else {
            (targetSize, self.stages) = (nil, stages)
            return
        }
        let steps = Resize.Steps(of: resize, for: current.size)
        let (across, down) = (
            Double(steps.scaled.width) / steps.source.width, Double(steps.scaled.height) / steps.source.height
        )
        let whole = Size(
            width: ShrinkOnLoad.side(current.size.width, across), height: ShrinkOnLoad.side(current.size.height, down))
        targetSize = current.placement.orientation.swapsSides ? whole.transposed : whole
        self.stages = done + [ResizeFromOriginal(resize: resize, size: current.size)] + remaining.dropFirst()
    }

    private static func side(_ length: Int, _ scale: Double) -> Int {
        max(1, Int(exactly: (Double(length) * scale).rounded(.up)) ?? Int.max / 4)
    }
}

/// A resize whose geometry was decided for the image at its full size; the frame may hold it decoded smaller.
struct ResizeFromOriginal: Stage {
    let resize: Resize
    /// The size that the geometry is decided for.
    let size: Size

    var name: String { resize.name }
    var detail: String { resize.detail }

    func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape { try resize.plan(full(shape)) }

    /// The shape as if the image had been decoded in full.
    private func full(_ shape: Frame.Shape) -> Frame.Shape {
        var full = shape
        full.size = size
        full.placement = Placement(of: shape.placement.original).oriented(shape.placement.orientation)
        return full
    }

    func scratchBytes(_ shape: Frame.Shape) -> Int { resize.scratchBytes(shape) }

    func run(_ frame: inout Frame) throws(GessoError) {
        let steps = try resize.steps(for: size, anchor: try resize.anchor(in: frame, of: size))
        let shape = try resize.shaped(full(frame.shape), steps)
        // A decoder's last pixel may reach beyond the image, so the boxes come from the placement, not from the sizes.
        let placement = frame.placement
        func onCanvas(_ box: Box) -> Box {
            let topLeft = placement.onCanvas(Point(x: box.left, y: box.top))
            let bottomRight = placement.onCanvas(Point(x: box.right, y: box.bottom))
            return Box(left: topLeft.x, top: topLeft.y, right: bottomRight.x, bottom: bottomRight.y)
        }
        try resize.run(&frame, taking: onCanvas(steps.source), of: onCanvas(Box(size)), steps)
        frame.placement = shape.placement
    }
}
