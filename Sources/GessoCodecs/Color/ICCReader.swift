import GessoPixels

/// Reads the parts of an ICC profile that decide whether and how to convert (ICC.1:2022, 7 to 10).
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
            else { throw .brokenProfile("a tag is outside the profile") }
            try ICCProcessingElements.check(body)
            tags[tag] = body
        }
        description = tags["desc"].flatMap(Self.text) ?? "unnamed"
        kind = classify()
    }

    /// The text of a textDescriptionType (version 2) or a multiLocalizedUnicodeType (version 4).
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
        return PrintableText.of(text)
    }

    /// Recognizes sRGB and Display P3: a matrix profile with the sRGB curve and the colorants of one of them.
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

/// Limits the processing elements of a profile (ICC.1:2022, 10.16 and 10.17).
///
/// When lcms2 prepares a conversion, it evaluates every element, and every segment of every curve, for tens of
/// thousands of colors. Several entries may refer to one element, so without a limit a profile of 400 bytes could take
/// minutes.
enum ICCProcessingElements {
    /// The elements and curve segments of one tag; the ICC's own profiles have fewer than twenty.
    private static let mostSteps = 128
    /// The channels of an element. The time of an interpolating element doubles with each channel.
    private static let mostChannels = 4

    /// Throws `invalidProfile` for a multiProcessElementsType that exceeds the limits; accepts all other types.
    static func check(_ tag: Bytes) throws(GessoError) {
        guard tag.matches("mpet", at: 0) else { return }
        guard let count = tag.uint32(12) else { throw .brokenProfile("its processing elements are truncated") }
        var steps = count
        guard steps <= mostSteps else { throw tooMany }
        for index in 0..<count {
            guard let offset = tag.uint32(16 + 8 * index), let inputs = tag.uint16(offset + 8),
                let outputs = tag.uint16(offset + 10)
            else { throw .brokenProfile("a processing element is outside its tag") }
            guard inputs <= mostChannels, outputs <= mostChannels else {
                throw .brokenProfile("a processing element has more than \(mostChannels) channels")
            }
            guard tag.matches("cvst", at: offset) else { continue }
            for curve in 0..<inputs {
                guard let place = tag.uint32(offset + 12 + 8 * curve), let segments = tag.uint16(offset + place + 8)
                else { throw .brokenProfile("a curve is outside its tag") }
                steps += segments
                guard steps <= mostSteps else { throw tooMany }
            }
        }
    }

    private static var tooMany: GessoError {
        .brokenProfile("it has more than \(mostSteps) processing elements and curve segments")
    }
}
