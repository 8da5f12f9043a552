import GessoPixels

/// Reads the few facts of an ICC profile that decide whether and how to convert (ICC.1:2022, 7 to 10).
struct ICCReader {
    let space: ColorProfile.Space
    private(set) var description = "unnamed"
    private(set) var kind = ImageHeader.ProfileKind.other
    private var tags: [String: Bytes] = [:]

    init(_ bytes: Bytes) throws(GessoError) {
        guard let size = bytes.uint32(0), size >= 132, size <= bytes.count, bytes.tag(36) == "acsp" else {
            throw .brokenProfile("no profile header")
        }
        guard let name = bytes.tag(16), let space = ColorProfile.Space(rawValue: name) else {
            throw .brokenProfile("color space \(bytes.tag(16) ?? "?"), not one of GRAY, RGB, CMYK")
        }
        self.space = space
        guard let count = bytes.uint32(128), count <= 1024, bytes.has(132, count * 12) else {
            throw .brokenProfile("impossible tag count")
        }
        for index in 0..<count {
            let entry = 132 + index * 12
            guard let tag = bytes.tag(entry), let offset = bytes.uint32(entry + 4),
                let length = bytes.uint32(entry + 8),
                let body = bytes.slice(offset, length)
            else { throw .brokenProfile("a tag lies outside the profile") }
            try ICCProcessingElements.check(body)
            tags[tag] = body
        }
        description = tags["desc"].flatMap(Self.text) ?? "unnamed"
        kind = classify()
    }

    /// textDescriptionType of version 2 or multiLocalizedUnicodeType of version 4.
    private static func text(_ tag: Bytes) -> String? {
        let text: String
        if tag.matches("desc", at: 0), let count = tag.uint32(8), let ascii = tag.slice(12, min(count, 256)) {
            text = String(decoding: ascii.buffer.prefix { $0 != 0 }, as: UTF8.self)
        } else if tag.matches("mluc", at: 0), let length = tag.uint32(20), let offset = tag.uint32(24),
            let wide = tag.slice(offset, min(length, 512))
        {
            let units = (0..<wide.count / 2).compactMap { wide.uint16($0 * 2).map(UInt16.init) }
            text = String(decoding: units, as: UTF16.self)
        } else {
            return nil
        }
        let printable = text.filter { !$0.isNewline && $0 != "\0" }
        return printable.isEmpty ? nil : printable
    }

    /// sRGB and Display P3 by what they mean: matrix profiles with the sRGB curve, and the colorants of either.
    private func classify() -> ImageHeader.ProfileKind {
        guard space == .rgb, tags["A2B0"] == nil, tags["A2B1"] == nil, let red = colorant("rXYZ"),
            let green = colorant("gXYZ"), let blue = colorant("bXYZ")
        else { return .other }
        for name in ["rTRC", "gTRC", "bTRC"] {
            guard let tag = tags[name], let curve = ICCCurve(tag), curve.isSRGB else { return .other }
        }
        let found = red + green + blue
        for profile in [MatrixProfile.sRGB, .displayP3] {
            if zip(found, profile.colorants).allSatisfy({ abs($0 - $1) < 0.0025 }) { return profile.kind }
        }
        return .other
    }

    private func colorant(_ name: String) -> [Double]? {
        guard let tag = tags[name], tag.matches("XYZ ", at: 0) else { return nil }
        let values = [8, 12, 16].compactMap { tag.fixed($0) }
        return values.count == 3 ? values : nil
    }
}

/// A tone curve, from encoded 0...1 to light 0...1.
struct ICCCurve {
    private enum Form {
        case table([Double])
        case parametric(kind: Int, [Double])
    }

    private let form: Form

    /// curveType or parametricCurveType; nil for anything else.
    init?(_ tag: Bytes) {
        if tag.matches("curv", at: 0), let count = tag.uint32(8), count <= 65_536, tag.has(12, count * 2) {
            if count == 1, let gamma = tag.uint16(12) {
                form = .parametric(kind: 0, [Double(gamma) / 256])
            } else {
                let table = (0..<count).compactMap { tag.uint16(12 + $0 * 2).map { Double($0) / 65_535 } }
                form = .table(table.isEmpty ? [0, 1] : table)
            }
        } else if tag.matches("para", at: 0), let kind = tag.uint16(8), kind <= 4 {
            let parameters = (0..<[1, 3, 4, 5, 7][kind]).compactMap { tag.fixed(12 + $0 * 4) }
            guard parameters.count == [1, 3, 4, 5, 7][kind] else { return nil }
            form = .parametric(kind: kind, parameters)
        } else {
            return nil
        }
    }

    func light(_ x: Double) -> Double {
        switch form {
        case .table(let table):
            let position = x * Double(table.count - 1)
            let index = min(max(Int(position), 0), table.count - 1)
            let next = min(index + 1, table.count - 1)
            return table[index] + (table[next] - table[index]) * (position - Double(index))
        case .parametric(let kind, let p):
            return Self.parametric(kind, p, x)
        }
    }

    /// ICC.1:2022, table 68.
    private static func parametric(_ kind: Int, _ p: [Double], _ x: Double) -> Double {
        switch kind {
        case 0: return Power.raise(x, p[0])
        case 1: return x >= -p[2] / p[1] ? Power.raise(p[1] * x + p[2], p[0]) : 0
        case 2: return x >= -p[2] / p[1] ? Power.raise(p[1] * x + p[2], p[0]) + p[3] : p[3]
        case 3: return x >= p[4] ? Power.raise(p[1] * x + p[2], p[0]) : p[3] * x
        default: return x >= p[4] ? Power.raise(p[1] * x + p[2], p[0]) + p[5] : p[3] * x + p[6]
        }
    }

    /// Within half an 8-bit level of the sRGB curve everywhere that is looked at.
    var isSRGB: Bool {
        for step in 0...32 {
            let x = Double(step) / 32
            let exact = x <= 0.04045 ? x / 12.92 : Power.raise((x + 0.055) / 1.055, 2.4)
            // The curve's own slope turns half a level of encoded value into this much light.
            let slope = x <= 0.04045 ? 1 / 12.92 : 2.4 / 1.055 * Power.raise((x + 0.055) / 1.055, 1.4)
            guard abs(light(x) - exact) <= max(slope / 510, 1 / 12.92 / 255) else { return false }
        }
        return true
    }
}

extension Bytes {
    /// s15Fixed16Number.
    func fixed(_ offset: Int) -> Double? {
        uint32(offset).map { Double(Int32(truncatingIfNeeded: $0)) / 65_536 }
    }
}
