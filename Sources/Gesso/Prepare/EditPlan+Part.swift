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
        /// The name of the form or JSON field.
        package let field: String
    }
}

extension EditPlan.Part: CustomStringConvertible {
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
