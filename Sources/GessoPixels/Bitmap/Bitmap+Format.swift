extension Bitmap {
    /// The layout of a pixel in memory: its channels in order, and the bits of each.
    ///
    /// Samples are encoded in sRGB or in the image's own profile. Alpha is straight, 0 is transparent. 16-bit samples are
    /// in native byte order.
    public struct Format: Hashable, Sendable, Codable {
        /// The channels of a pixel, in the order of memory.
        package enum Layout: String, Sendable, Codable {
            /// One channel.
            case gray
            /// Red, green, blue.
            case rgb
            /// Red, green, blue, straight alpha.
            case rgba
        }

        /// The channels of a pixel.
        package let layout: Layout
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

        /// Gray, 8 bits per channel.
        public static let gray8 = Format(.gray, 8)
        /// RGB, 8 bits per channel.
        public static let rgb8 = Format(.rgb, 8)
        /// RGBA, 8 bits per channel.
        public static let rgba8 = Format(.rgba, 8)
        /// Gray, 16 bits per channel.
        public static let gray16 = Format(.gray, 16)
        /// RGB, 16 bits per channel.
        public static let rgb16 = Format(.rgb, 16)
        /// RGBA, 16 bits per channel.
        public static let rgba16 = Format(.rgba, 16)

        /// The number of channels: 1, 3 or 4.
        public var channels: Int {
            switch layout {
            case .gray: 1
            case .rgb: 3
            case .rgba: 4
            }
        }

        /// The size of a pixel in bytes: 1 to 8.
        public var bytesPerPixel: Int { channels * bitsPerChannel / 8 }
        /// Whether there is an alpha channel.
        public var hasAlpha: Bool { layout == .rgba }
    }
}

extension Bitmap.Format: CustomStringConvertible {
    public var description: String { "\(layout.rawValue)\(bitsPerChannel)" }
}
