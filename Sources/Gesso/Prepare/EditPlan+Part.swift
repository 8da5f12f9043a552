package import GessoCodecs
import GessoPixels

extension EditPlan {
    /// One or more files of a request, all for one purpose.
    package struct Part: Sendable, Hashable {
        /// What the model takes a file for.
        package enum Role: String, Sendable, Hashable {
            /// The image to edit.
            case image
            /// A further image that the model may look at.
            case reference
            /// Says by alpha 0 where to edit.
            case mask
            /// A drawing that says what to edit, in place of a mask.
            case markup
        }

        /// What the file is for.
        package let role: Role
        /// How many files.
        package let count: Int
        /// The encodings that are tried, in order; the first whose file is short enough is sent.
        package let encodings: [ImageEncoding]
        /// A file must have fewer bytes than this.
        package let byteLimit: Int
        /// Whether the request has several images, which changes the name of their field.
        let isList: Bool
    }
}

extension EditPlan.Part: CustomStringConvertible {
    /// The name of the form field.
    package var field: String { role.field(isList: isList) }

    package var description: String {
        let forms = encodings.map { $0.isLossless ? "lossless \($0.format.rawValue)" : $0.format.rawValue }
        let summary = "\(forms.joined(separator: ", else ")), below \(byteLimit) bytes"
        return switch role {
        case .image: "\(field): \(summary)"
        case .reference: "\(field): \(count) for reference, \(summary)"
        case .mask: "\(field): png, alpha 0 is edit, below \(byteLimit) bytes"
        case .markup: "\(field): png with alpha"
        }
    }
}

extension EditPlan.Part.Role {
    /// The name of the form field, in a request with one image or with a list of them.
    func field(isList: Bool) -> String {
        switch self {
        case .image, .reference: isList ? "image[]" : "image"
        case .mask, .markup: rawValue
        }
    }
}
