/// Words out of a file, made fit to be shown: one line, no control characters, at most 200 characters.
enum PrintableText {
    /// Nil when nothing is left.
    static func of(_ text: String) -> String? {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            // Controls, and what turns the direction of a line or has no shape.
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: break
            default: shown.append(scalar)
            }
        }
        let words = String(shown).split(separator: " ").joined(separator: " ")
        return words.isEmpty ? nil : words
    }
}
