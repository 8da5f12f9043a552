extension ImageMetadata {
    /// The kinds of metadata in a file.
    ///
    /// Encoded as a sorted list of names.
    public struct Kinds: OptionSet, Sendable, Hashable {
        /// One bit for each kind.
        public let rawValue: Int

        /// Any EXIF block.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// Any EXIF block.
        public static let exif = Kinds(rawValue: 1 << 0)
        /// EXIF with a GPS directory.
        public static let gps = Kinds(rawValue: 1 << 1)
        /// An XMP packet.
        public static let xmp = Kinds(rawValue: 1 << 2)
        /// A Photoshop image resource block, which holds IPTC data.
        public static let iptc = Kinds(rawValue: 1 << 3)
        /// A JPEG or GIF comment.
        public static let comment = Kinds(rawValue: 1 << 4)
        /// Any PNG text chunk except XMP.
        public static let text = Kinds(rawValue: 1 << 5)
        /// A C2PA manifest (content credentials).
        public static let c2pa = Kinds(rawValue: 1 << 6)
        /// A color profile.
        public static let icc = Kinds(rawValue: 1 << 7)

        private static let named: [(Kinds, String)] = [
            (.c2pa, "c2pa"), (.comment, "comment"), (.exif, "exif"), (.gps, "gps"), (.icc, "icc"), (.iptc, "iptc"),
            (.text, "text"), (.xmp, "xmp"),
        ]

        /// The names of the kinds in the set, sorted.
        public var names: [String] { Self.named.filter { contains($0.0) }.map(\.1) }
    }
}

extension ImageMetadata.Kinds: Codable {
    public init(from decoder: any Decoder) throws {
        let names = try decoder.singleValueContainer().decode([String].self)
        self = Self(Self.named.filter { names.contains($0.1) }.map(\.0))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(names)
    }
}

extension ImageMetadata.Kinds: CustomStringConvertible {
    public var description: String { names.joined(separator: ", ") }
}
