extension Bitmap {
    /// The layout of a pixel in memory: its channels in order, and the bits of each.
    ///
    /// Samples are encoded in sRGB or in the image's own profile. Alpha is straight, 0 is transparent. 16-bit samples are
    /// in native byte order.
    public struct Format: Hashable, Sendable, Codable {
        public enum Layout: String, Sendable, Codable {
            case gray
            case rgb
            case rgba
        }

        public let layout: Layout
        /// 8 or 16.
        public let bitsPerChannel: Int

        private init(_ layout: Layout, _ bitsPerChannel: Int) {
            self.layout = layout
            self.bitsPerChannel = bitsPerChannel
        }

        /// A layout with 8 or 16 bits; values other than 16 mean 8.
        init(layout: Layout, bitsPerChannel: Int) {
            self.init(layout, bitsPerChannel == 16 ? 16 : 8)
        }

        public static let gray8 = Format(.gray, 8)
        public static let rgb8 = Format(.rgb, 8)
        public static let rgba8 = Format(.rgba, 8)
        public static let gray16 = Format(.gray, 16)
        public static let rgb16 = Format(.rgb, 16)
        public static let rgba16 = Format(.rgba, 16)

        public var channels: Int {
            switch layout {
            case .gray: 1
            case .rgb: 3
            case .rgba: 4
            }
        }

        public var bytesPerPixel: Int { channels * bitsPerChannel / 8 }
        public var hasAlpha: Bool { layout == .rgba }
    }
}

extension Bitmap.Format: CustomStringConvertible {
    public var description: String { "\(layout.rawValue)\(bitsPerChannel)" }
}
