import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Landscape {
    /// The landscape as an SVG document of that size.
    func svg(size: Size) -> Data {
        let (width, height) = (Float(size.width), Float(size.height))
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(size.width)" height="\(size.height)" \
            viewBox="0 0 \(size.width) \(size.height)">
            <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">\
            <stop offset="0" stop-color="\(zenith.hexadecimal)"/>\
            <stop offset="0.75" stop-color="\(horizon.hexadecimal)"/></linearGradient></defs>
            <rect width="100%" height="100%" fill="url(#sky)"/>
            <circle cx="\(Int(center.x * width))" cy="\(Int(center.y * height))" \
            r="\(Int(radius * min(width, height)))" fill="\(sun.hexadecimal)"/>\n
            """
        for hill in hills {
            let points = (0...64).map { step in
                let x = Float(step) / 64
                return "\(Int(x * width)),\(Int(hill.ridge(x) * height))"
            }
            text +=
                "<polygon points=\"0,\(size.height) \(points.joined(separator: " ")) \(size.width),\(size.height)\" "
            text += "fill=\"\(hill.color.hexadecimal)\"/>\n"
        }
        return Data((text + "</svg>\n").utf8)
    }
}
