import CGessoCodecs
import Foundation
import GessoCodecs
import GessoPixels
import Synchronization
import Testing

/// How often the running replacement has looked at its watch, and at which look it is to lose all its time.
private let looks = Atomic(0)
private let slowLook = Atomic(-1)
private let allowedNanoseconds: Int64 = 100_000_000

private func threadTime() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

@Suite("The CPU limit of a JPEG replacement", .serialized)
struct JPEGPatchTimeTests {
    /// The status of a replacement that loses its time at a look, and the number of looks it came to.
    private static func replace(_ name: String, slowAt look: Int) throws -> (gesso_codec_status, looks: Int) {
        looks.store(0, ordering: .relaxed)
        slowLook.store(look, ordering: .relaxed)
        let file = [UInt8](try PatchFixture.file(name))
        let header = try ImageHeader(probing: Data(file))
        let (width, height) = (header.size.width, header.size.height)
        let pixels = [UInt8](repeating: 90, count: width * height)
        let weights = [UInt8](repeating: 255, count: width * height)
        var reading = gesso_jpeg_reading(
            header: gesso_codec_header(width: UInt32(width), height: UInt32(height), channels: Int32(header.channels)),
            maximum_scans: 100, maximum_memory: 0)
        var watch = gesso_codec_watch(
            cpu_nanoseconds: allowedNanoseconds,
            is_cancelled: {
                let look = looks.wrappingAdd(1, ordering: .relaxed).oldValue
                if look == slowLook.load(ordering: .relaxed) {
                    let start = threadTime()
                    while threadTime() - start <= allowedNanoseconds {}
                }
                return 0
            })
        var output = gesso_codec_output()
        var report = gesso_codec_report()
        pixels.withUnsafeBufferPointer { pixels in
            weights.withUnsafeBufferPointer { weights in
                var replacement = gesso_jpeg_replacement(
                    pixels: pixels.baseAddress, bytes_per_row: width, channels: 1, weights: weights.baseAddress,
                    weights_per_row: width, left: 0, top: 0, width: UInt32(width), height: UInt32(height),
                    orientation: 1,
                    profile: nil, profile_count: 0)
                gesso_jpeg_patch(file, file.count, &reading, &replacement, &watch, &output, &report)
            }
        }
        if report.status == GESSO_CODEC_OK { gesso_codec_free(output.bytes) }
        return (report.status, looks.load(ordering: .relaxed))
    }

    @Test(
        "Time lost at any look, while reading, replacing or writing, ends the replacement there",
        arguments: ["420-baseline", "420-progressive", "arithmetic-baseline", "gray-baseline"])
    func everyLook(name: String) throws {
        let whole = try Self.replace(name, slowAt: -1)
        #expect(whole.0 == GESSO_CODEC_OK)
        // Reading, replacing and writing each look once for a row of blocks, of which there are eight.
        #expect(whole.looks >= 12)
        for look in Set([0, whole.looks / 4, whole.looks / 2, whole.looks * 3 / 4, whole.looks - 1]) {
            let cut = try Self.replace(name, slowAt: look)
            #expect(cut.0 == GESSO_CODEC_TOO_SLOW && cut.looks == look + 1, "look \(look) of \(whole.looks)")
        }
    }
}
