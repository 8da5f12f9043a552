import Foundation
import Gesso

/// A photograph of the demo, with its prompt and the area to edit.
struct Photograph {
    let file: String
    let prompt: String
    /// The ellipse to edit: left, top, width and height as fractions of the upright width and height.
    let area: (Double, Double, Double, Double)

    var name: String { URL(filePath: file).deletingPathExtension().lastPathComponent }

    func data() throws -> Data {
        guard let folder = Bundle.module.url(forResource: "Photographs", withExtension: nil) else {
            throw GessoError(
                .fileNotFound, stage: "demo",
                "The demo's photographs are missing; run the program from its build folder.")
        }
        return try InputFile(folder.appending(path: file).path).data
    }

    /// The ellipse in pixels of an image of that upright size.
    func source(in upright: Size) -> MaskSource {
        let (x, y, width, height) = area
        return .ellipse(
            in: Rect(
                x: Int(x * Double(upright.width)), y: Int(y * Double(upright.height)),
                width: max(1, Int(width * Double(upright.width))), height: max(1, Int(height * Double(upright.height))))
        )
    }
}

extension Photograph {
    static let all = [
        Photograph(
            file: "dogs-phone.jpg", prompt: "a black cat looks out of the window", area: (0.28, 0.21, 0.26, 0.22)),
        Photograph(
            file: "brushes-display-p3.jpg", prompt: "a brush full of gold paint", area: (0.32, 0.22, 0.27, 0.54)),
        Photograph(file: "bowl-cutout.png", prompt: "a bunch of dark grapes", area: (0.25, 0.26, 0.39, 0.48)),
        Photograph(file: "dandelions.webp", prompt: "a red poppy in full bloom", area: (0.11, 0.05, 0.36, 0.54)),
    ]
}
