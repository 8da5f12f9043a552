import GessoPixels

extension Pipeline {
    /// What a pipeline will do to an image, known before any pixel is touched; prints as a table.
    public struct Plan: Sendable, Hashable, Codable {
        /// One stage's share of a plan.
        package struct Step: Sendable, Hashable, Codable {
            /// The name of the stage.
            package let name: String
            /// Its parameters; empty when there are none.
            package let detail: String
            /// The shape after the stage.
            package let shape: Frame.Shape
            /// The bytes of pixels alive while the stage runs: its input, its output and its scratch.
            package let peakBytes: Int
        }

        /// What goes in.
        public let input: Frame.Shape
        /// One for each stage, in order.
        package let steps: [Step]

        /// What comes out.
        public var output: Frame.Shape { steps.last?.shape ?? input }

        /// The most bytes of pixels alive at any moment.
        public var peakBytes: Int { steps.map(\.peakBytes).max() ?? input.byteCount }
    }
}

extension Pipeline.Plan: CustomStringConvertible {
    public var description: String {
        var rows = [("source", "", Self.text(of: input), "")]
        rows += steps.map { ($0.name, $0.detail, Self.text(of: $0.shape), Self.mebibytes($0.peakBytes)) }
        let nameWidth = rows.map(\.0.count).max() ?? 0
        let detailWidth = rows.map(\.1.count).max() ?? 0
        let shapeWidth = rows.map(\.2.count).max() ?? 0
        var lines = rows.map { row in
            Self.padded(row.0, nameWidth) + "  " + Self.padded(row.1, detailWidth) + "  "
                + Self.padded(row.2, shapeWidth) + (row.3.isEmpty ? "" : "  " + row.3)
        }
        lines.append("placement: \(output.placement)")
        lines.append("memory: at most \(Self.mebibytes(peakBytes)) of pixels at a time")
        return lines.map { line in
            line.last == " " ? String(line.reversed().drop { $0 == " " }.reversed()) : line
        }.joined(separator: "\n")
    }

    private static func text(of shape: Frame.Shape) -> String {
        var text = "\(shape.size) \(shape.format)"
        if !shape.isSRGB { text += " own profile" }
        if shape.orientation != .up { text += " orientation \(shape.orientation.rawValue)" }
        if shape.hasMask { text += " + mask" }
        return text
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    static func mebibytes(_ bytes: Int) -> String {
        let tenths = Int((Double(bytes) / 1_048_576 * 10).rounded(.up))
        return "\(tenths / 10).\(tenths % 10) MiB"
    }
}
