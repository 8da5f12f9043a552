import CGessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// The DCT coefficients of a JPEG as it holds them, quantized.
package struct JPEGCoefficients {
    package let layout: JPEGLayout
    private let values: Data
    /// Where each component begins, in coefficients.
    private let starts: [Int]

    /// Reads the whole file, strictly; holds two bytes a sample, twice while it reads.
    package init(reading data: Data, limits: DecodeLimits = .default) throws(GessoError) {
        let (layout, output) = try data.withBytes { bytes throws(GessoError) in
            let facts = try HeaderParser(jpeg: bytes, limits: limits).facts
            var layout = gesso_jpeg_layout()
            var output = gesso_codec_output()
            var report = gesso_codec_report()
            var watch = limits.watch
            var reading = facts.jpegReading(limits)
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

    /// The 64 coefficients of a block in rows of eight, the mean's first.
    package func block(component: Int, x: Int, y: Int) -> [Int16] {
        let start = (starts[component] + (y * layout.components[component].blocksAcross + x) * 64) * 2
        return values.withUnsafeBytes { bytes in
            (0..<64).map { bytes.loadUnaligned(fromByteOffset: start + 2 * $0, as: Int16.self) }
        }
    }
}
