import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// As JSON a mask is an object with one member, which names the shape or operation:
///
/// ```json
/// {"subtraction": {
///     "from": {"rectangle": {"x": 0, "y": 0, "width": 4000, "height": 1200}},
///     "remove": {"polygon": {"outlines": [[[10.5, 900], [700, 650], [1300, 910]]], "rule": "nonZero"}}}}
/// ```
extension MaskSource: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case rectangle, ellipse, polygon, strokes, image
        case union, intersection, subtraction, inverted, grown, shrunk, feathered, holesFilled
    }

    private static let tooDeep = "More than \(deepest) sources lie one inside the other."

    public init(from decoder: any Decoder) throws {
        // Each operation inside another adds one or two keys: towers from outside must not exhaust the stack.
        guard decoder.codingPath.count <= 2 * MaskSource.deepest + 16 else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: MaskSource.tooDeep))
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            let names = CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "A mask has exactly one of the members \(names)."))
        }
        func read<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            try container.decode(Value.self, forKey: key)
        }
        switch key {
        case .rectangle: self = try .rectangle(read())
        case .ellipse: self = try .ellipse(in: read())
        case .polygon:
            let polygon: Polygon = try read()
            self = .polygon(outlines: polygon.outlines.map { $0.map(\.point) }, evenOdd: polygon.rule == .evenOdd)
        case .strokes: self = try .strokes(read([Stroke].self).map(\.stroke))
        case .image:
            let image: ImageMask = try read()
            self = .image(image.data, polarity: image.polarity ?? .alpha)
        case .union: self = try .union(read([MaskSource].self))
        case .intersection: self = try .intersection(read([MaskSource].self))
        case .subtraction:
            let difference: Difference = try read()
            self = difference.from.subtracting(difference.remove)
        case .inverted: self = try read(MaskSource.self).inverted()
        case .grown:
            let change: Change = try read()
            self = change.selection.dilated(by: change.by)
        case .shrunk:
            let change: Change = try read()
            self = change.selection.eroded(by: change.by)
        case .feathered:
            let feather: Feather = try read()
            self = feather.selection.feathered(radius: feather.radius)
        case .holesFilled: self = try read(MaskSource.self).holesFilled()
        }
    }

    public func encode(to encoder: any Encoder) throws {
        guard depth <= MaskSource.deepest else {
            throw EncodingError.invalidValue(depth, .init(codingPath: [], debugDescription: MaskSource.tooDeep))
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch shape {
        case .rectangle(let rect): try container.encode(rect, forKey: .rectangle)
        case .ellipse(let rect): try container.encode(rect, forKey: .ellipse)
        case .polygon(let outlines, let rule):
            let polygon = Polygon(outlines: outlines.map { $0.map(PointPair.init) }, rule: rule)
            try container.encode(polygon, forKey: .polygon)
        case .strokes(let strokes): try container.encode(strokes.map(Stroke.init), forKey: .strokes)
        case .image(let data, let polarity):
            try container.encode(ImageMask(data: data, polarity: polarity), forKey: .image)
        case .union(let parts): try container.encode(parts, forKey: .union)
        case .intersection(let parts): try container.encode(parts, forKey: .intersection)
        case .subtraction(let from, let remove):
            try container.encode(Difference(from: from, remove: remove), forKey: .subtraction)
        case .inverted(let source): try container.encode(source, forKey: .inverted)
        case .dilated(let source, let pixels):
            try container.encode(Change(selection: source, by: pixels), forKey: .grown)
        case .eroded(let source, let pixels):
            try container.encode(Change(selection: source, by: pixels), forKey: .shrunk)
        case .feathered(let source, let radius):
            try container.encode(Feather(selection: source, radius: radius), forKey: .feathered)
        case .holesFilled(let source): try container.encode(source, forKey: .holesFilled)
        }
    }
}

/// A point as `[x, y]`.
private struct PointPair: Codable {
    let point: Point

    init(_ point: Point) { self.point = point }

    init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        point = try Point(x: container.decode(Double.self), y: container.decode(Double.self))
        guard container.isAtEnd else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "A point has two numbers, [x, y].")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(point.x)
        try container.encode(point.y)
    }
}

private struct Polygon: Codable {
    let outlines: [[PointPair]]
    let rule: Mask.FillRule?
}

private struct Stroke: Codable {
    let radius: Double
    let points: [PointPair]

    init(_ stroke: Mask.BrushStroke) {
        radius = stroke.radius
        points = stroke.points.map(PointPair.init)
    }

    var stroke: Mask.BrushStroke { Mask.BrushStroke(points.map(\.point), radius: radius) }
}

private struct ImageMask: Codable {
    let data: Data
    let polarity: MaskSource.Polarity?
}

private struct Difference: Codable {
    let from: MaskSource
    let remove: MaskSource
}

private struct Change: Codable {
    let selection: MaskSource
    let by: Int
}

private struct Feather: Codable {
    let selection: MaskSource
    let radius: Int
}
