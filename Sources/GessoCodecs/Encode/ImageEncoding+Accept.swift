import CGessoCodecs

extension ImageEncoding {
    /// The encoding for a client by the `Accept` header of its request (RFC 9110, 12.5.1); nil if it accepts none of
    /// AVIF, WebP, JPEG and PNG, which is for an error 406, or for JPEG or PNG all the same.
    ///
    /// ```swift
    /// let encoding = ImageEncoding.accepted(by: request.headers["Accept"], hasAlpha: header.hasAlpha) ?? .jpeg
    /// let file = try await Image(upload).thumbnail(256).encoded(as: encoding)     // send it with "Vary: Accept"
    /// ```
    ///
    /// The highest quality value counts, and among equal ones the smaller file: AVIF, then WebP, then PNG for images with
    /// alpha and JPEG for others. AVIF and WebP must be named, since `image/*` and `*/*` are also sent by clients that
    /// cannot read them; AVIF also needs the trait `HEIF`, and libheif with its encoder aom, which the first call
    /// loads.
    ///
    /// - Parameters:
    ///   - header: nil or empty accepts anything. Several lines of the header are joined with commas.
    ///   - hasAlpha: whether the image has transparent parts, which a JPEG does not keep.
    public static func accepted(by header: String?, hasAlpha: Bool = false) -> ImageEncoding? {
        accepted(by: header, hasAlpha: hasAlpha, encodesAVIF: encodesAVIF)
    }

    /// Looked up once: asking libheif makes a context, which is too much for every request.
    private static let encodesAVIF = gesso_heif_encodes_avif() != 0

    static func accepted(by header: String?, hasAlpha: Bool, encodesAVIF: Bool) -> ImageEncoding? {
        let ranges = MediaRange.list(header ?? "")
        func weight(_ format: ImageFormat, byWildcard: Bool) -> Double {
            let matching = ranges.filter { $0.matches(format, byWildcard: byWildcard) }
            // The most specific range counts.
            let closest = matching.map(\.precision).max()
            return matching.filter { $0.precision == closest }.map(\.weight).max() ?? 0
        }
        let (jpeg, png) = (weight(.jpeg, byWildcard: true), weight(.png, byWildcard: true))
        // The content decides between these two as long as both are accepted.
        let still: ImageEncoding = png > 0 && (hasAlpha || jpeg == 0) ? .png(reduces: true) : .jpeg
        let candidates: [(ImageEncoding, Double)] = [
            (.avif, encodesAVIF ? weight(.avif, byWildcard: false) : 0), (.webp, weight(.webp, byWildcard: false)),
            (still, max(jpeg, png)),
        ]
        var best: (ImageEncoding, Double)?
        for candidate in candidates where candidate.1 > best?.1 ?? 0 { best = candidate }
        return best?.0
    }
}

/// An element of an `Accept` header: a media type, or a type with `*` for all of its subtypes, and its weight.
private struct MediaRange {
    let type: Substring
    let subtype: Substring
    /// 0 for not accepted … 1.
    let weight: Double

    /// All ranges that can be read; those of an empty list are `*/*`.
    static func list(_ header: String) -> [MediaRange] {
        let elements = split(header.lowercased()[...], ",").filter { !$0.isEmpty }
        return elements.isEmpty ? [MediaRange(type: "*", subtype: "*", weight: 1)] : elements.compactMap(Self.init)
    }

    private init(type: Substring, subtype: Substring, weight: Double) {
        (self.type, self.subtype, self.weight) = (type, subtype, weight)
    }

    private init?(_ element: Substring) {
        let parts = Self.split(element, ";")
        guard let name = parts.first else { return nil }
        let names = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard names.count == 2 || name == "*", let type = names.first, let subtype = names.last else { return nil }
        var weight = 1.0
        for parameter in parts.dropFirst() where !parameter.isEmpty {
            // Parameters before the weight narrow the range to files that are not promised here; those after it have no
            // meaning any more.
            guard parameter.hasPrefix("q=") else { return nil }
            guard let value = Double(parameter.dropFirst(2)), (0...1).contains(value) else { return nil }
            weight = value
            break
        }
        self.init(type: type, subtype: subtype, weight: weight)
    }

    var precision: Int { type == "*" ? 0 : subtype == "*" ? 1 : 2 }

    func matches(_ format: ImageFormat, byWildcard: Bool) -> Bool {
        switch precision {
        case 0: byWildcard && subtype == "*"
        case 1: byWildcard && type == "image"
        default: type == "image" && (subtype == format.rawValue || (subtype == "jpg" && format == .jpeg))
        }
    }

    /// The parts between separators that are not in a quoted string, without spaces around them.
    private static func split(_ text: Substring, _ separator: Character) -> [Substring] {
        var isQuoted = false
        var escaped = false
        return text.split(omittingEmptySubsequences: false) { character in
            defer { escaped = isQuoted && !escaped && character == "\\" }
            if character == "\"", !escaped { isQuoted.toggle() }
            return character == separator && !isQuoted
        }.map { part in
            let start = part.drop { $0 == " " || $0 == "\t" }
            return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
        }
    }
}
