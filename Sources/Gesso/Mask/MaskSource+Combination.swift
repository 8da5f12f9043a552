extension MaskSource {
    /// What either selects: the larger coverage of each pixel.
    public func union(_ other: MaskSource) -> MaskSource { .union([self, other]) }

    /// What any of `masks` selects; none of them selects nothing, which no edit accepts.
    public static func union(_ sources: [MaskSource]) -> MaskSource {
        // Flat, so that a loop over thousands of boxes makes a list and not a tower.
        MaskSource(
            .union(
                sources.flatMap { source in
                    if case .union(let parts) = source.shape { return parts }
                    return [source]
                }))
    }

    /// What both select: the smaller coverage of each pixel.
    public func intersection(_ other: MaskSource) -> MaskSource { .intersection([self, other]) }

    /// What all of `masks` select; none of them selects everything.
    public static func intersection(_ sources: [MaskSource]) -> MaskSource {
        MaskSource(
            .intersection(
                sources.flatMap { source in
                    if case .intersection(let parts) = source.shape { return parts }
                    return [source]
                }))
    }

    /// What this selects and `other` does not.
    public func subtracting(_ other: MaskSource) -> MaskSource {
        MaskSource(.subtraction(from: self, remove: other))
    }

    /// Everything that this does not select.
    public func inverted() -> MaskSource { MaskSource(.inverted(self)) }

    /// The mask dilated by whole pixels on each side, diagonals too.
    public func dilated(by pixels: Int) -> MaskSource { MaskSource(.dilated(self, by: pixels)) }

    /// The mask eroded by whole pixels on each side; the image's border does not erode it.
    public func eroded(by pixels: Int) -> MaskSource { MaskSource(.eroded(self, by: pixels)) }

    /// The mask with a soft edge that ends `radius` pixels outside of it.
    ///
    /// Edits soften their transition by themselves (`EditOptions.feather`); this is for what is to be soft to the model
    /// too.
    public func feathered(radius: Int) -> MaskSource { MaskSource(.feathered(self, radius: radius)) }

    /// The mask and everything it encloses.
    public func holesFilled() -> MaskSource { MaskSource(.holesFilled(self)) }
}

extension MaskSource.Shape {
    /// The masks that this one is made of.
    var operands: [MaskSource] {
        switch self {
        case .rectangle, .ellipse, .polygon, .strokes, .image: []
        case .union(let parts), .intersection(let parts): parts
        case .subtraction(let from, let remove): [from, remove]
        case .inverted(let source), .dilated(let source, _), .eroded(let source, _),
            .feathered(let source, _), .holesFilled(let source):
            [source]
        }
    }
}
