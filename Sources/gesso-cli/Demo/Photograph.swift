import Foundation
import Gesso

/// A photograph that ships with the demo, and what is edited in it.
struct Photograph {
    let file: String
    let prompt: String
    /// The ellipse to edit, as shares of the upright width and height: left, top, width, height.
    let area: (Double, Double, Double, Double)

    var name: String { URL(filePath: file).deletingPathExtension().lastPathComponent }

    func data() throws -> Data {
        guard let folder = Bundle.module.url(forResource: "Photographs", withExtension: nil) else {
            throw GessoError(
                .fileNotFound, stage: "demo",
                "The demo's photographs are missing beside the program; run it from its build folder.")
        }
        return try InputFile(folder.appending(path: file).path).data
    }

    /// The area in pixels of a picture of that upright size.
    func selection(in upright: Size) -> Selection {
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
        Photograph(file: "dogs-phone.jpg", prompt: "a third dog looks out of the window", area: (0.56, 0.07, 0.38, 0.26)),
        Photograph(file: "brushes-display-p3.jpg", prompt: "a brush full of silver", area: (0.35, 0.22, 0.27, 0.5)),
        Photograph(file: "bowl-cutout.png", prompt: "half an orange instead of the fig", area: (0.26, 0.24, 0.4, 0.48)),
        Photograph(file: "dandelions.webp", prompt: "a balloon in place of the clock", area: (0.12, 0.06, 0.36, 0.52)),
    ]
}
