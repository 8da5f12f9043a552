import CGessoCodecs
import GessoCodecs
import GessoPixels
import Synchronization
import Testing

/// The number of times that the running encoder has checked its watch, and the check at which it is stopped.
private let looks = Atomic(0)
private let lastLook = Atomic(-1)

@Suite("The watch of the JPEG encoder", .serialized)
struct JPEGEncodeTimeTests {
    private static func encode(rows: Int, isProgressive: Bool, stopsAt look: Int) -> (gesso_codec_status, looks: Int) {
        looks.store(0, ordering: .relaxed)
        lastLook.store(look, ordering: .relaxed)
        var pixels = (0..<16 * rows * 3).map { UInt8(truncatingIfNeeded: $0 * $0 >> 3) }
        var watch = gesso_codec_watch(
            cpu_nanoseconds: 0,
            is_cancelled: {
                let look = looks.wrappingAdd(1, ordering: .relaxed).oldValue
                return look == lastLook.load(ordering: .relaxed) ? 1 : 0
            })
        var (output, report) = (gesso_codec_output(), gesso_codec_report())
        pixels.withUnsafeMutableBufferPointer { buffer in
            var image = gesso_codec_image(
                pixels: buffer.baseAddress, bytes_per_row: 48, width: 16, height: UInt32(rows), channels: 3, bits: 8,
                capacity: buffer.count)
            gesso_jpeg_encode(&image, 80, 2, 2, isProgressive ? 1 : 0, nil, 0, &watch, &output, &report)
        }
        if report.status == GESSO_CODEC_OK { gesso_codec_free(output.bytes) }
        return (report.status, looks.load(ordering: .relaxed))
    }

    @Test("is also checked in the passes after the last row", arguments: [16, 1_000, 1_024], [false, true])
    func passes(rows: Int, isProgressive: Bool) {
        let whole = Self.encode(rows: rows, isProgressive: isProgressive, stopsAt: -1)
        let rowsOfBlocks = (rows + 15) / 16
        #expect(whole.0 == GESSO_CODEC_OK)
        // The progression of libjpeg-turbo has ten scans for color; the first pass is the one over the rows.
        #expect(whole.looks >= rowsOfBlocks * (isProgressive ? 11 : 2))
        for look in Set([0, rowsOfBlocks, whole.looks / 2, whole.looks - 1]) {
            let cut = Self.encode(rows: rows, isProgressive: isProgressive, stopsAt: look)
            #expect(cut.0 == GESSO_CODEC_CANCELLED && cut.looks == look + 1, "look \(look) of \(whole.looks)")
        }
    }
}
