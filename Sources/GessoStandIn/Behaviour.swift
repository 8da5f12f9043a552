/// How far the stand-in strays from an ideal model and an ideal network.
///
/// All fields have honest defaults; a JSON object names only those that differ:
/// `{"drift": 3, "shiftX": 1.25, "gain": 1.05}`.
public struct Behaviour: Sendable, Codable, Hashable {
    /// Levels (of 0…255) by which edited pictures wander from their input, up and down, smoothly over the picture.
    public var drift: Double = 0
    /// Pixels by which an edited picture moves to the right; fractions are resampled.
    public var shiftX: Double = 0
    /// Pixels by which an edited picture moves down.
    public var shiftY: Double = 0
    /// How much larger an edited picture's content becomes, about its centre; 0.5 to 2.
    public var scale: Double = 1
    /// What an edited picture's levels are multiplied with; 0 to 4.
    public var gain: Double = 1
    /// The size that comes back whatever was asked for, as `WIDTHxHEIGHT`; nil for the size asked for.
    public var size: String?
    /// Seconds between a request's last byte and the answer's first.
    public var latencySeconds: Double = 0

    /// Does what it is asked, at once.
    public static let honest = Behaviour()

    public init(
        drift: Double = 0, shiftX: Double = 0, shiftY: Double = 0, scale: Double = 1, gain: Double = 1,
        size: String? = nil, latencySeconds: Double = 0
    ) {
        self.drift = drift
        self.shiftX = shiftX
        self.shiftY = shiftY
        self.scale = scale
        self.gain = gain
        self.size = size
        self.latencySeconds = latencySeconds
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case drift, shiftX, shiftY, scale, gain, size, latencySeconds
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let honest = Behaviour.honest
        drift = try values.decodeIfPresent(Double.self, forKey: .drift) ?? honest.drift
        shiftX = try values.decodeIfPresent(Double.self, forKey: .shiftX) ?? honest.shiftX
        shiftY = try values.decodeIfPresent(Double.self, forKey: .shiftY) ?? honest.shiftY
        scale = try values.decodeIfPresent(Double.self, forKey: .scale) ?? honest.scale
        gain = try values.decodeIfPresent(Double.self, forKey: .gain) ?? honest.gain
        size = try values.decodeIfPresent(String.self, forKey: .size)
        latencySeconds = try values.decodeIfPresent(Double.self, forKey: .latencySeconds) ?? honest.latencySeconds
    }
}
