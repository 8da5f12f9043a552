extension Selection {
    /// What either selects: the larger coverage of each pixel.
    public func union(_ other: Selection) -> Selection { .union([self, other]) }

    /// What any of `selections` selects; none of them selects nothing, which no edit accepts.
    public static func union(_ selections: [Selection]) -> Selection {
        // Flat, so that a loop over thousands of boxes makes a list and not a tower.
        Selection(
            .union(
                selections.flatMap { selection in
                    if case .union(let parts) = selection.shape { return parts }
                    return [selection]
                }))
    }

    /// What both select: the smaller coverage of each pixel.
    public func intersection(_ other: Selection) -> Selection { .intersection([self, other]) }

    /// What all of `selections` select; none of them selects everything.
    public static func intersection(_ selections: [Selection]) -> Selection {
        Selection(
            .intersection(
                selections.flatMap { selection in
                    if case .intersection(let parts) = selection.shape { return parts }
                    return [selection]
                }))
    }

    /// What this selects and `other` does not.
    public func subtracting(_ other: Selection) -> Selection {
        Selection(.subtraction(from: self, remove: other))
    }

    /// Everything that this does not select.
    public func inverted() -> Selection { Selection(.inverted(self)) }

    /// The selection grown by whole pixels on each side, diagonals too.
    public func grown(by pixels: Int) -> Selection { Selection(.grown(self, by: pixels)) }

    /// The selection shrunk by whole pixels on each side; the picture's border does not shrink it.
    public func shrunk(by pixels: Int) -> Selection { Selection(.shrunk(self, by: pixels)) }

    /// The selection with a soft edge that ends `radius` pixels outside of it.
    ///
    /// Edits soften their transition by themselves (`EditOptions.feather`); this is for what is to be soft to the model
    /// too.
    public func feathered(radius: Int) -> Selection { Selection(.feathered(self, radius: radius)) }

    /// The selection and everything it encloses.
    public func holesFilled() -> Selection { Selection(.holesFilled(self)) }
}

extension Selection.Shape {
    /// The selections that this one is made of.
    var operands: [Selection] {
        switch self {
        case .rectangle, .ellipse, .polygon, .strokes, .image: []
        case .union(let parts), .intersection(let parts): parts
        case .subtraction(let from, let remove): [from, remove]
        case .inverted(let selection), .grown(let selection, _), .shrunk(let selection, _),
            .feathered(let selection, _), .holesFilled(let selection):
            [selection]
        }
    }
}
