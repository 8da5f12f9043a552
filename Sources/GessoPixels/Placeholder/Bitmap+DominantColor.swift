extension Bitmap {
    /// The color that most of the image has: the mean of the fullest of 16 × 16 × 16 boxes of RGB and its neighbors, each
    /// pixel counted by its alpha. White for an image that is transparent throughout.
    ///
    /// Throws as placeholders do, for more than 100 pixels a side and for 16 bits.
    package func dominantColor() throws(GessoError) -> Color {
        try checkPlaceholder()
        let image = try addingAlpha()
        var boxes = [(weight: Int, red: Int, green: Int, blue: Int)](repeating: (0, 0, 0, 0), count: 4_096)
        image.withRows { rows in
            for y in 0..<height {
                for x in 0..<width {
                    let pixel = rows.row(y) + 4 * x
                    let (red, green, blue, alpha) = (Int(pixel[0]), Int(pixel[1]), Int(pixel[2]), Int(pixel[3]))
                    let box = (red >> 4) << 8 | (green >> 4) << 4 | blue >> 4
                    boxes[box].weight += alpha
                    boxes[box].red += red * alpha
                    boxes[box].green += green * alpha
                    boxes[box].blue += blue * alpha
                }
            }
        }
        /// A box with those that touch it: a color at the edge of a box is in both.
        func around(_ box: Int) -> (weight: Int, red: Int, green: Int, blue: Int) {
            var sum = (weight: 0, red: 0, green: 0, blue: 0)
            for red in max(0, box >> 8 - 1)...min(15, box >> 8 + 1) {
                for green in max(0, box >> 4 & 15 - 1)...min(15, box >> 4 & 15 + 1) {
                    for blue in max(0, box & 15 - 1)...min(15, box & 15 + 1) {
                        let other = boxes[red << 8 | green << 4 | blue]
                        sum = (
                            sum.weight + other.weight, sum.red + other.red, sum.green + other.green,
                            sum.blue + other.blue
                        )
                    }
                }
            }
            return sum
        }
        let best = boxes.indices.filter { boxes[$0].weight > 0 }.map(around).max { $0.weight < $1.weight }
        guard let best else { return .white }
        func mean(_ sum: Int) -> UInt8 { UInt8(clamping: (sum + best.weight / 2) / best.weight) }
        return Color(red: mean(best.red), green: mean(best.green), blue: mean(best.blue))
    }
}
