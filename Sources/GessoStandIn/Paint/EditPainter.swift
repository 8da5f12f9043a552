import GessoPixels

/// Paints an edit: what the mask selects is filled from its surroundings and shows the prompt's landscape, or the second
/// picture when there is one; the rest is repainted as ``Behaviour`` says.
struct EditPainter {
    let behaviour: Behaviour
    let prompt: String

    /// The share of the motif where the edit is painted, of 255.
    private static let maskedShare: UInt8 = 190
    /// The same where a whole picture is edited.
    private static let wholeShare: UInt8 = 90

    /// The edited picture in that size, `rgb8`.
    func painted(
        _ picture: Bitmap, mask: Mask?, references: [Bitmap], size: Size, index: Int
    ) throws(GessoError) -> Bitmap {
        let window = EditPainter.window(of: picture.size, for: size)
        let onCanvas = try picture.fitted(to: size, from: window)
        let selected = try mask?.fitted(to: size, from: window)
        let original = try onCanvas.filledFromSurroundings(where: nil)
        let edited: Bitmap
        if let selected {
            edited =
                selected.boundingBox == nil ? original : try paint(selected, on: original, references, index: index)
        } else {
            let share = try Mask(size: size, filledWith: EditPainter.wholeShare)
            edited = try original.replacing(with: motif(references, size: size, index: index), where: share)
        }
        return try behaviour.strayed(edited, prompt: prompt)
    }

    private func paint(
        _ selected: Mask, on original: Bitmap, _ references: [Bitmap], index: Int
    ) throws(GessoError) -> Bitmap {
        let share = try Mask(size: original.size, filledWith: EditPainter.maskedShare)
        let motif = try motif(references, size: original.size, index: index)
        let patch = try original.filledFromSurroundings(where: selected).replacing(with: motif, where: share)
        return try original.replacing(with: patch, where: selected)
    }

    private func motif(_ references: [Bitmap], size: Size, index: Int) throws(GessoError) -> Bitmap {
        guard let reference = references.first else {
            return try Landscape(prompt: prompt, index: index).painted(size: size)
        }
        let window = EditPainter.window(of: reference.size, for: size)
        return try reference.fitted(to: size, from: window).filledFromSurroundings(where: nil)
    }

    /// The largest middle part of a picture that has the canvas's shape.
    static func window(of picture: Size, for canvas: Size) -> Box {
        let scale = max(
            Double(canvas.width) / Double(picture.width), Double(canvas.height) / Double(picture.height))
        let width = min(Double(picture.width), Double(canvas.width) / scale)
        let height = min(Double(picture.height), Double(canvas.height) / scale)
        let left = (Double(picture.width) - width) / 2
        let top = (Double(picture.height) - height) / 2
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
