import GessoPixels

/// Renders an edit: inpaints the masked area and blends the prompt's landscape, or the second input image, into it;
/// distorts the result as ``MockServer/Behavior`` says.
struct EditRenderer {
    let behavior: MockServer.Behavior
    let prompt: String

    /// The opacity of the motif inside a mask, of 255.
    private static let maskedOpacity: UInt8 = 190
    /// The opacity of the motif without a mask.
    private static let unmaskedOpacity: UInt8 = 90

    /// The edited image of that size, as `rgb8`.
    func rendered(
        _ image: Bitmap, mask: Mask?, references: [Bitmap], size: Size, index: Int
    ) throws(GessoError) -> Bitmap {
        let window = EditRenderer.window(of: image.size, for: size)
        let onCanvas = try image.fitted(to: size, from: window)
        let selected = try mask?.fitted(to: size, from: window)
        let original = try onCanvas.filledFromSurroundings(where: nil)
        let edited: Bitmap
        if let selected {
            edited =
                selected.boundingBox == nil ? original : try render(selected, on: original, references, index: index)
        } else {
            let share = try Mask(size: size, filledWith: EditRenderer.unmaskedOpacity)
            edited = try original.replacing(with: motif(references, size: size, index: index), where: share)
        }
        return try behavior.distorted(edited, prompt: prompt)
    }

    private func render(
        _ selected: Mask, on original: Bitmap, _ references: [Bitmap], index: Int
    ) throws(GessoError) -> Bitmap {
        let share = try Mask(size: original.size, filledWith: EditRenderer.maskedOpacity)
        let motif = try motif(references, size: original.size, index: index)
        let patch = try original.filledFromSurroundings(where: selected).replacing(with: motif, where: share)
        return try original.replacing(with: patch, where: selected)
    }

    private func motif(_ references: [Bitmap], size: Size, index: Int) throws(GessoError) -> Bitmap {
        guard let reference = references.first else {
            return try Landscape(prompt: prompt, index: index).rendered(size: size)
        }
        let window = EditRenderer.window(of: reference.size, for: size)
        return try reference.fitted(to: size, from: window).filledFromSurroundings(where: nil)
    }

    /// The largest centered part of an image that has the canvas's aspect ratio.
    static func window(of image: Size, for canvas: Size) -> Box {
        let scale = max(
            Double(canvas.width) / Double(image.width), Double(canvas.height) / Double(image.height))
        let width = min(Double(image.width), Double(canvas.width) / scale)
        let height = min(Double(image.height), Double(canvas.height) / scale)
        let left = (Double(image.width) - width) / 2
        let top = (Double(image.height) - height) / 2
        return Box(left: left, top: top, right: left + width, bottom: top + height)
    }
}

extension Bitmap {
    fileprivate func fitted(to canvas: Size, from window: Box) throws(GessoError) -> Bitmap {
        canvas == size ? self : try resized(to: canvas, from: window)
    }
}

extension Mask {
    fileprivate func fitted(to canvas: Size, from window: Box) throws(GessoError) -> Mask {
        canvas == size ? self : try resized(to: canvas, from: window)
    }
}
