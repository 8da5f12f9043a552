extension MockServer {
    /// The distortion, delays and faults of a mock server.
    ///
    /// The defaults are those of an ideal model and network; a JSON object names only the fields that differ:
    /// `{"drift": 3, "shiftX": 1.25, "faults": [{"skip": 1, "times": 1, "response": {"status": 500}}]}`.
    public struct Behavior: Sendable, Codable, Hashable {
        /// The largest change of a level (0…255) in an edited image, up or down; it varies smoothly over the image.
        public var drift: Double = 0
        /// The shift of an edited image to the right, in pixels; fractions are resampled.
        public var shiftX: Double = 0
        /// The shift of an edited image downward, in pixels.
        public var shiftY: Double = 0
        /// The factor by which an edited image is enlarged about its center; 0.5 to 2.
        public var scale: Double = 1
        /// The factor applied to the levels of an edited image; 0 to 4.
        public var gain: Double = 1
        /// The size of every returned image, as `WIDTHxHEIGHT`; nil returns the requested size.
        public var size: String?
        /// Seconds between the last byte of a request and the first byte of its response.
        public var latencySeconds: Double = 0
        /// Seconds before each event of a stream.
        public var eventSeconds: Double = 0
        /// Whether retired endpoints and fields work, as on servers that follow the older API: variations, and
        /// `response_format` with URLs to download from.
        public var isLegacy: Bool = false
        /// The server whose paths, request rules, responses and errors are imitated; nil is OpenAI, and Azure's paths as well.
        public var server: Server?
        /// The form of every response that would have an image; nil is the server's own.
        public var shape: Shape?
        /// The number of lines of a batch that are processed before the batch expires; nil processes all.
        public var batchExpiresAfter: Int?
        /// The faults to inject, each with the requests that it applies to.
        public var faults: [Fault] = []

        /// Undistorted images, without delays and faults.
        public static let ideal = Behavior()

        public init(
            drift: Double = 0, shiftX: Double = 0, shiftY: Double = 0, scale: Double = 1, gain: Double = 1,
            size: String? = nil, latencySeconds: Double = 0, eventSeconds: Double = 0, isLegacy: Bool = false,
            faults: [Fault] = [], batchExpiresAfter: Int? = nil, server: Server? = nil, shape: Shape? = nil
        ) {
            self.drift = drift
            self.shiftX = shiftX
            self.shiftY = shiftY
            self.scale = scale
            self.gain = gain
            self.size = size
            self.latencySeconds = latencySeconds
            self.eventSeconds = eventSeconds
            self.isLegacy = isLegacy
            self.faults = faults
            self.batchExpiresAfter = batchExpiresAfter
            self.server = server
            self.shape = shape
        }

        enum CodingKeys: String, CodingKey, CaseIterable {
            case drift, shiftX, shiftY, scale, gain, size, latencySeconds, eventSeconds, isLegacy, batchExpiresAfter
            case faults, server, shape
        }

        /// Reads a JSON object; throws `DecodingError.dataCorrupted` at an unknown key, which would have no effect.
        public init(from decoder: any Decoder) throws {
            let script = try StrictJSONObject(decoder, keyedBy: CodingKeys.self)
            drift = try script[.drift] ?? 0
            shiftX = try script[.shiftX] ?? 0
            shiftY = try script[.shiftY] ?? 0
            scale = try script[.scale] ?? 1
            gain = try script[.gain] ?? 1
            size = try script[.size]
            latencySeconds = try script[.latencySeconds] ?? 0
            eventSeconds = try script[.eventSeconds] ?? 0
            isLegacy = try script[.isLegacy] ?? false
            batchExpiresAfter = try script[.batchExpiresAfter]
            faults = try script[.faults] ?? []
            server = try script[.server]
            shape = try script[.shape]
        }
    }
}
