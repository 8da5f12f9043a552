/// Makes text from outside safe to show: limits its length and escapes control characters that a terminal or a log
/// could interpret.
package enum SanitizedText {
    package static func sanitized(_ text: String, limit: Int = 1_024) -> String {
        var shown = ""
        var used = 0
        for scalar in text.unicodeScalars {
            let piece: String
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
                piece = "\\u{\(String(scalar.value, radix: 16))}"
            default: piece = String(scalar)
            }
            guard used + piece.utf8.count <= limit else { return shown + "…" }
            used += piece.utf8.count
            shown += piece
        }
        return shown
    }
}
