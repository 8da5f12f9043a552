extension ImageDecoder {
    /// Limits on untrusted files. Each is checked before memory of that size is allocated.
    ///
    /// A limit of ``unlimited`` is not checked.
    public struct Limits: Sendable, Hashable, Codable {
        /// The value that disables a limit.
        public static let unlimited = Int.max

        /// The length of the file in bytes; 50,000,000 by default.
        public var byteCount = 50_000_000
        /// Width × height in pixels, as stated in the header; 268,402,689 (16,383²) by default, which only keeps absurd
        /// headers out: what is decoded is admitted by its bytes in the memory budget.
        public var pixelCount = 0x3FFF * 0x3FFF
        /// Frames × width × height of an animation of which all frames are decoded; 500,000,000 by default.
        public var animationPixelCount = 500_000_000
        /// The longer side in pixels; 65,535 by default, the longest that a JPEG or GIF can state.
        public var sideLength = 65_535
        /// Width × height in pixels of what an image chain makes, and of every step on the way; 268,402,689 by default.
        public var outputPixelCount = 0x3FFF * 0x3FFF
        /// The formats that are decoded; PNG, JPEG, WebP, HEIC and AVIF by default. If `.gif` is added, the first frame
        /// of a GIF is decoded.
        public var formats: Set<ImageFormat> = [.png, .jpeg, .webp, .heic, .avif]
        /// The number of chunks of a PNG or WebP, marker segments of a JPEG, extensions of a GIF, or boxes of one kind of
        /// a HEIC or AVIF; 1,000 by default. Chunks of pixel data and of animation frames are counted separately, and 64
        /// times as many are allowed; of the items of a HEIC or AVIF, most of which are tiles, 8 times as many.
        public var chunkCount = 1_000
        /// The length of the color profile in bytes, inflated; 4 MiB by default.
        public var profileByteCount = 4 << 20
        /// The length in bytes of a metadata block that is read, such as an XMP packet or a C2PA manifest; 4 MiB by
        /// default.
        public var metadataByteCount = 4 << 20
        /// The number of boxes, data items and certificate fields that are read of a C2PA manifest; 10,000 by default,
        /// where a few hundred are usual. A manifest with more is listed in ``ImageHeader/metadata`` but not read.
        public var metadataItemCount = 10_000
        /// The number of scans of a JPEG; 100 by default, where progressive files usually have ten.
        public var scanCount = 100
        /// The bytes that a codec may allocate in addition to the pixels, computed from the header; 2 GiB by default.
        /// Progressive JPEG and lossless WebP need the most. The memory budget counts these bytes too.
        public var workingByteCount = 2 << 30
        /// The CPU time in seconds of one decode, or of one replacement of JPEG blocks; 10 by default. Checked between
        /// rows and scans.
        public var cpuSeconds = 10.0

        private enum CodingKeys: CodingKey {
            case byteCount, pixelCount, animationPixelCount, sideLength, outputPixelCount, formats, chunkCount
            case profileByteCount, metadataByteCount, metadataItemCount, scanCount, workingByteCount, cpuSeconds
        }

        /// The default limits.
        public init() {}

        /// Decodes limits; those that are missing have their defaults.
        public init(from decoder: any Decoder) throws {
            self.init()
            let container = try decoder.container(keyedBy: CodingKeys.self)
            func take<Value: Decodable>(_ key: CodingKeys, _ limit: inout Value) throws {
                if let value = try container.decodeIfPresent(Value.self, forKey: key) { limit = value }
            }
            try take(.byteCount, &byteCount)
            try take(.pixelCount, &pixelCount)
            try take(.animationPixelCount, &animationPixelCount)
            try take(.sideLength, &sideLength)
            try take(.outputPixelCount, &outputPixelCount)
            try take(.formats, &formats)
            try take(.chunkCount, &chunkCount)
            try take(.profileByteCount, &profileByteCount)
            try take(.metadataByteCount, &metadataByteCount)
            try take(.metadataItemCount, &metadataItemCount)
            try take(.scanCount, &scanCount)
            try take(.workingByteCount, &workingByteCount)
            try take(.cpuSeconds, &cpuSeconds)
        }

        /// Encodes limits, equal ones in the same way: digests of stored jobs depend on it.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(byteCount, forKey: .byteCount)
            try container.encode(pixelCount, forKey: .pixelCount)
            try container.encode(animationPixelCount, forKey: .animationPixelCount)
            try container.encode(sideLength, forKey: .sideLength)
            try container.encode(outputPixelCount, forKey: .outputPixelCount)
            try container.encode(chunkCount, forKey: .chunkCount)
            try container.encode(profileByteCount, forKey: .profileByteCount)
            try container.encode(metadataByteCount, forKey: .metadataByteCount)
            try container.encode(metadataItemCount, forKey: .metadataItemCount)
            try container.encode(scanCount, forKey: .scanCount)
            try container.encode(workingByteCount, forKey: .workingByteCount)
            try container.encode(cpuSeconds, forKey: .cpuSeconds)
            try container.encode(formats.sorted { $0.rawValue < $1.rawValue }, forKey: .formats)
        }

        /// The limit on chunks of pixel data and of animation frames.
        var imageChunkCount: Int {
            let (product, overflow) = chunkCount.multipliedReportingOverflow(by: 64)
            return overflow ? Limits.unlimited : product
        }

        /// Limits for a server that accepts files from anyone.
        public static let `default` = Limits()

        /// Limits for reading a header only, which costs the same however large the image is.
        package var headersOnly: Limits {
            var limits = self
            (limits.byteCount, limits.pixelCount, limits.sideLength) = (.max, .max, .max)
            return limits
        }
    }
}
