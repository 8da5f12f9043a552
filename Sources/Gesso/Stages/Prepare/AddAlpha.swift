package import GessoPixels

/// Gives the image an opaque alpha channel if it has none.
package struct AddAlpha: Stage, Codable, Hashable {
    package init() {}

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        shape.format = shape.format.withAlpha
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        if !frame.bitmap.format.hasAlpha { frame.bitmap = try frame.bitmap.addingAlpha() }
    }
}
