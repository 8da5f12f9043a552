/// How far the mock server strays from an ideal model and an ideal network.
///
/// All fields have honest defaults; a JSON object names only those that differ:
/// `{"drift": 3, "shiftX": 1.25, "faults": [{"skip": 1, "times": 1, "response": {"status": 500}}]}`.
public struct Behavior: Sendable, Codable, Hashable {
    /// Levels (of 0…255) by which edited images wander from their input, up and down, smoothly over the image.
    public var drift: Double = 0
    /// Pixels by which an edited image moves to the right; fractions are resampled.
    public var shiftX: Double = 0
    /// Pixels by which an edited image moves down.
    public var shiftY: Double = 0
    /// How much larger an edited image's content becomes, about its center; 0.5 to 2.
    public var scale: Double = 1
    /// What an edited image's levels are multiplied with; 0 to 4.
    public var gain: Double = 1
    /// The size that comes back whatever was asked for, as `WIDTHxHEIGHT`; nil for the size asked for.
    public var size: String?
    /// Seconds between a request's last byte and the answer's first.
    public var latencySeconds: Double = 0
    /// Seconds before each event of a stream.
    public var eventSeconds: Double = 0
    /// Whether the retired endpoints and fields work, as on servers that follow the older API: variations, and
    /// `response_format` with addresses to download from.
    public var isLegacy: Bool = false
    /// How many lines of a batch are answered before its time is up; nil for all.
    public var batchExpiresAfter: Int?
    /// What goes wrong, with which requests.
    public var faults: [Fault] = []

    /// Does what it is asked, at once.
    public static let ideal = Behavior()

    public init(
        drift: Double = 0, shiftX: Double = 0, shiftY: Double = 0, scale: Double = 1, gain: Double = 1,
        size: String? = nil, latencySeconds: Double = 0, eventSeconds: Double = 0, isLegacy: Bool = false,
        faults: [Fault] = [], batchExpiresAfter: Int? = nil
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
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case drift, shiftX, shiftY, scale, gain, size, latencySeconds, eventSeconds, isLegacy, batchExpiresAfter
        case faults
    }

    /// Reads what a JSON object names; a key that is none of these is an error, since it would do nothing.
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
    }
}
