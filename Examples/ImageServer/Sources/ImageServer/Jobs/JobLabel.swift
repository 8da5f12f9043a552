import Foundation
import Gesso

/// What a list of jobs shows, stored with each job so that its inputs need not be read back.
struct JobLabel: Codable, Sendable {
    /// The prompt's beginning.
    var prompt: String
    /// The photo of an edit.
    var photo: ImageID?
    /// The part of the photo that the model sees, if it is one part; partial images show it.
    var window: Rect?
    /// Where that part lies on the model's canvas, between its padding.
    var content: Rect?

    /// A label with so much of the prompt that it fits into what a queue stores with a job.
    init(prompt: String, photo: ImageID? = nil, plan: EditPlan? = nil) {
        self.prompt = Self.beginning(of: prompt)
        self.photo = photo
        guard let plan, plan.requests.count == 1 else { return }
        let stages = plan.requests[0].stages
        let placement = stages.output.placement
        let part = plan.requests[0].window ?? Rect(placement.upright)
        window = part
        let left = placement.offsetX + Double(part.x) * placement.scaleX
        let top = placement.offsetY + Double(part.y) * placement.scaleY
        content = Rect(
            x: Int(left.rounded()), y: Int(top.rounded()),
            width: Int((Double(part.width) * placement.scaleX).rounded()),
            height: Int((Double(part.height) * placement.scaleY).rounded())
        ).intersection(Rect(stages.output.size))
    }

    /// At most 500 characters, of which one can have many bytes, and at most 3,500 of the queue's 4,096 bytes as JSON.
    private static func beginning(of prompt: String) -> String {
        var left = 3_500
        let beginning = prompt.prefix(500).prefix { character in
            // JSON writes control characters with six bytes, and some other ASCII characters with two.
            for byte in character.utf8 { left -= byte < 32 ? 6 : byte < 128 ? 2 : 1 }
            return left >= 0
        }
        return String(beginning)
    }

    var encoded: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    init?(_ text: String?) {
        guard let text, let label = try? JSONDecoder().decode(JobLabel.self, from: Data(text.utf8)) else { return nil }
        self = label
    }
}
