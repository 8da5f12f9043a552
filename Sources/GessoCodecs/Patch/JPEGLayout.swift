import CGessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// How a JPEG divides its image into blocks, and how it codes them.
///
/// Two files with equal layouts can hold the same blocks.
package struct JPEGLayout: Sendable, Hashable, Codable {
    /// What the components mean.
    package enum Colors: String, Sendable, Codable {
        case gray
        /// Red, green and blue as they are (Adobe's transform 0).
        case rgb
        case yCbCr
        /// CMYK or YCCK.
        case cmyk
        case other
    }

    /// One component: its sampling factors, its blocks of 8 × 8 samples and their quantizers.
    package struct Component: Sendable, Hashable, Codable {
        package let horizontalSampling: Int
        package let verticalSampling: Int
        package let blocksAcross: Int
        package let blocksDown: Int
        /// The step of each coefficient in rows of eight, the mean's first; 0 where the file defines none.
        package let quantisers: [Int]
    }

    /// As stored, before orientation.
    package let size: Size
    package let colors: Colors
    package let isProgressive: Bool
    /// Arithmetic coding instead of Huffman's.
    package let isArithmetic: Bool
    /// Restart markers stand after so many MCUs; 0 for none.
    package let restartInterval: Int
    package let components: [Component]

    /// Reads as far as the first scan. Throws what probing the file throws.
    package init(probing data: Data, limits: DecodeLimits = .default) throws(GessoError) {
        self = try data.withBytes { bytes throws(GessoError) in
            var header = try HeaderParser(jpeg: bytes, limits: limits).facts.codecHeader
            var layout = gesso_jpeg_layout()
            var report = gesso_codec_report()
            gesso_jpeg_read_layout(bytes.start, bytes.count, &header, &layout, &report)
            try report.check(stage: "probe", format: .jpeg)
            return JPEGLayout(layout)
        }
    }

    init(_ layout: gesso_jpeg_layout) {
        size = Size(width: Int(layout.width), height: Int(layout.height))
        colors =
            switch layout.colors {
            case GESSO_JPEG_GRAY: .gray
            case GESSO_JPEG_RGB: .rgb
            case GESSO_JPEG_YCC: .yCbCr
            case GESSO_JPEG_INKS: .cmyk
            default: .other
            }
        isProgressive = layout.progressive != 0
        isArithmetic = layout.arithmetic != 0
        restartInterval = Int(layout.restart_interval)
        let (across, down) = (elements(layout.blocks_across), elements(layout.blocks_down))
        let (horizontal, vertical) = (elements(layout.horizontal), elements(layout.vertical))
        components = (0..<Int(layout.components)).map { index in
            let quantisers: [Int] = withUnsafePointer(to: layout) { layout in
                (0..<64).map { Int(gesso_jpeg_layout_quantiser(layout, Int32(index), Int32($0))) }
            }
            return Component(
                horizontalSampling: Int(horizontal[index]), verticalSampling: Int(vertical[index]),
                blocksAcross: Int(across[index]), blocksDown: Int(down[index]), quantisers: quantisers)
        }
    }

    /// The pixels that share their color blocks: a minimum coded unit.
    package var mcu: Size {
        let isSingle = components.count == 1
        return Size(
            width: 8 * (isSingle ? 1 : components.map(\.horizontalSampling).max() ?? 1),
            height: 8 * (isSingle ? 1 : components.map(\.verticalSampling).max() ?? 1))
    }
}

/// A C array of four, which Swift sees as a tuple.
private func elements<Element>(_ tuple: (Element, Element, Element, Element)) -> [Element] {
    [tuple.0, tuple.1, tuple.2, tuple.3]
}
