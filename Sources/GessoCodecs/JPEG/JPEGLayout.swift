import CGessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// The division of a JPEG into blocks, and how it codes them.
///
/// Files with equal layouts can hold the same blocks.
package struct JPEGLayout: Sendable, Hashable, Codable {
    /// The meaning of the components.
    package enum Colors: String, Sendable, Codable {
        case gray
        /// Red, green and blue without conversion (Adobe transform 0).
        case rgb
        case yCbCr
        /// CMYK or YCCK.
        case cmyk
        case other
    }

    /// The sampling factors of a component, its blocks of 8 × 8 samples and their quantizers.
    package struct Component: Sendable, Hashable, Codable {
        package let horizontalSampling: Int
        package let verticalSampling: Int
        package let blocksAcross: Int
        package let blocksDown: Int
        /// The quantizer of each coefficient, row by row, DC first; 0 if the file defines none.
        package let quantizers: [Int]
    }

    /// The size in pixels as stored, before orientation is applied.
    package let size: Size
    package let colors: Colors
    package let isProgressive: Bool
    /// Arithmetic coding instead of Huffman coding.
    package let isArithmetic: Bool
    /// The number of MCUs between restart markers; 0 if there are none.
    package let restartInterval: Int
    package let components: [Component]

    /// Reads the file up to the first scan. Throws the errors of parsing the header.
    package init(probing data: Data, limits: ImageDecoder.Limits = .default) throws(GessoError) {
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
            let quantizers: [Int] = withUnsafePointer(to: layout) { layout in
                (0..<64).map { Int(gesso_jpeg_layout_quantizer(layout, Int32(index), Int32($0))) }
            }
            return Component(
                horizontalSampling: Int(horizontal[index]), verticalSampling: Int(vertical[index]),
                blocksAcross: Int(across[index]), blocksDown: Int(down[index]), quantizers: quantizers)
        }
    }

    /// The size in pixels of a minimum coded unit, which shares its chroma blocks.
    package var mcu: Size {
        let isSingle = components.count == 1
        return Size(
            width: 8 * (isSingle ? 1 : components.map(\.horizontalSampling).max() ?? 1),
            height: 8 * (isSingle ? 1 : components.map(\.verticalSampling).max() ?? 1))
    }
}

/// The elements of a C array, which Swift imports as a tuple.
private func elements<Element>(_ tuple: (Element, Element, Element, Element)) -> [Element] {
    [tuple.0, tuple.1, tuple.2, tuple.3]
}

/// The quantized DCT coefficients of a JPEG.
package struct JPEGCoefficients {
    package let layout: JPEGLayout
    private let values: Data
    /// The index of each component's first coefficient.
    private let starts: [Int]

    /// Reads the coefficients of the whole file; any damage is an error. Takes two bytes per sample, and twice that
    /// while reading.
    package init(reading data: Data, limits: ImageDecoder.Limits = .default) throws(GessoError) {
        let (layout, output) = try data.withBytes { bytes throws(GessoError) in
            let facts = try HeaderParser(jpeg: bytes, limits: limits).facts
            var layout = gesso_jpeg_layout()
            var output = gesso_codec_output()
            var report = gesso_codec_report()
            var watch = limits.watch
            var reading = facts.jpegReading(limits, .strict)
            gesso_jpeg_read_coefficients(bytes.start, bytes.count, &reading, &watch, &layout, &output, &report)
            try report.check(stage: "decode", format: .jpeg)
            return (JPEGLayout(layout), output)
        }
        self.layout = layout
        values = Data(taking: output)
        var (starts, next) = ([Int](), 0)
        for component in layout.components {
            starts.append(next)
            next += component.blocksAcross * component.blocksDown * 64
        }
        self.starts = starts
    }

    /// The 64 coefficients of a block, row by row, DC first.
    package func block(component: Int, x: Int, y: Int) -> [Int16] {
        let start = (starts[component] + (y * layout.components[component].blocksAcross + x) * 64) * 2
        return values.withUnsafeBytes { bytes in
            (0..<64).map { bytes.loadUnaligned(fromByteOffset: start + 2 * $0, as: Int16.self) }
        }
    }
}
