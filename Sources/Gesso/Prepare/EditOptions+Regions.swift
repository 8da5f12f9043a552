import GessoPixels
import ImagesAPI

extension EditOptions {
    /// Whether the separate parts of a mask are sent one by one or in one window.
    package enum RegionPolicy: String, Sendable, Hashable, Codable, CaseIterable {
        /// Whichever costs less: image tokens where the model's are published, otherwise pixels of canvas. Equal costs go
        /// together.
        case byCost
        /// One request with one window around all of them.
        case together
        /// One request for each part, in parallel.
        case apart
    }
}

extension EditOptions {
    /// The part of a large image that is sent for a small edit: the edit and what surrounds it.
    package struct ContextWindow: Sendable, Hashable, Codable {
        /// How much of the edit's own size is shown on each side of it.
        package var context: Double
        /// The shortest side of a window, in pixels.
        package var minimumSide: Int

        package init(context: Double = 0.75, minimumSide: Int = 512) {
            self.context = context
            self.minimumSide = minimumSide
        }

        /// The window for an edit of `area`; nil when sending the whole image shows the edit as large.
        func rect(
            around area: Rect, in imageSize: Size, sizes: ModelProfile.Sizes, longEdge: Int?
        ) throws(GessoError) -> Rect? {
            let whole = try CanvasFit(for: imageSize, sizes: sizes, longEdge: longEdge)
            let wholeScale = Double(whole.scaled.width) / Double(imageSize.width)
            guard wholeScale < 1 else { return nil }
            var window = expanded(area, in: imageSize, limit: longEdge ?? Int.max)
            var plan = try CanvasFit(for: window.size, sizes: sizes, longEdge: longEdge)
            // Real surroundings instead of padding, where the image has them.
            let scale = Double(plan.scaled.width) / Double(window.width)
            let filled = Size(
                width: min(imageSize.width, max(window.width, Int((Double(plan.canvas.width) / scale).rounded(.down)))),
                height: min(
                    imageSize.height, max(window.height, Int((Double(plan.canvas.height) / scale).rounded(.down)))))
            window = Self.centered(filled, on: window, in: imageSize)
            plan = try CanvasFit(for: window.size, sizes: sizes, longEdge: longEdge)
            let windowScale = Double(plan.scaled.width) / Double(window.width)
            return windowScale > wholeScale * 1.25 ? window : nil
        }

        private func expanded(_ area: Rect, in imageSize: Size, limit: Int) -> Rect {
            func side(_ length: Int, in whole: Int) -> Int {
                let wanted = max(minimumSide, length + 2 * max(64, Int(Double(length) * context)))
                // Rather less context than fewer pixels of the edit itself.
                return min(whole, wanted, max(limit, length + 2 * 64))
            }
            let wanted = Size(
                width: side(area.width, in: imageSize.width), height: side(area.height, in: imageSize.height))
            return Self.centered(wanted, on: area, in: imageSize)
        }

        /// A rectangle of that size around the middle of another, moved inside the image.
        private static func centered(_ size: Size, on area: Rect, in imageSize: Size) -> Rect {
            let x = area.x + area.width / 2 - size.width / 2
            let y = area.y + area.height / 2 - size.height / 2
            return Rect(
                x: min(max(0, x), imageSize.width - size.width), y: min(max(0, y), imageSize.height - size.height),
                width: size.width, height: size.height)
        }
    }
}
