import CGessoCodecs
import CReferenceDecoders
import Foundation
import GessoCodecs
import GessoPixels
import Synchronization
import Testing

/// The number of times that the running replacement has checked its watch, and the check at which its time ends.
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
    /// The status of a replacement whose time ends at a check, and the number of checks.
    private static func replace(_ name: String, slowAt look: Int) throws -> (gesso_codec_status, looks: Int) {
        try replace([UInt8](PatchFixture.file(name)), slowAt: look)
    }

    private static func replace(_ file: [UInt8], slowAt look: Int) throws -> (gesso_codec_status, looks: Int) {
        looks.store(0, ordering: .relaxed)
        slowLook.store(look, ordering: .relaxed)
        let header = try ImageHeader(probing: Data(file))
        let (width, height) = (header.size.width, header.size.height)
        let pixels = [UInt8](repeating: 90, count: width * height)
        let weights = [UInt8](repeating: 255, count: width * height)
        var reading = gesso_jpeg_reading(
            header: gesso_codec_header(width: UInt32(width), height: UInt32(height), channels: Int32(header.channels)),
            level: GESSO_LEVEL_STRICT, maximum_scans: 100, maximum_memory: 0)
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
        "A replacement stops at the check where its time ends, while reading, replacing or writing",
        arguments: ["420-baseline", "420-progressive", "arithmetic-baseline", "gray-baseline"])
    func everyLook(name: String) throws {
        let whole = try Self.replace(name, slowAt: -1)
        #expect(whole.0 == GESSO_CODEC_OK)
        // Reading, replacing and writing each check once for each of the eight rows of blocks.
        #expect(whole.looks >= 12)
        for look in Set([0, whole.looks / 4, whole.looks / 2, whole.looks * 3 / 4, whole.looks - 1]) {
            let cut = try Self.replace(name, slowAt: look)
            #expect(cut.0 == GESSO_CODEC_TOO_SLOW && cut.looks == look + 1, "look \(look) of \(whole.looks)")
        }
    }

    /// The kind of data repeated to 3 MB, and its position: it takes a reader's time and adds nothing to the image.
    enum Flood: String, CaseIterable {
        case commentsBeforeScan, tablesBeforeScan, restartsInScan, stuffingInScan, fillInScan, tablesBehindScan
        case behindEnd

        var file: [UInt8] {
            let frame: [UInt8] = [0xFF, 0xC0, 0, 11, 8, 0, 16, 0, 16, 1, 1, 0x11, 0]
            let table = [0xFF, 0xDB, 0, 0x43, 0] + [UInt8](repeating: 1, count: 64)
            let codes = [0x00, 0x10].flatMap { [0xFF, 0xC4, 0, 20, $0, 1] + [UInt8](repeating: 0, count: 16) }
            let head = [0xFF, 0xD8] + table + frame + codes
            let scan: [UInt8] = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
            let end: [UInt8] = [0xFF, 0xD9]
            func flood(_ piece: [UInt8]) -> [UInt8] {
                (0..<(3_000_000 / piece.count)).flatMap { _ in piece }
            }
            switch self {
            case .commentsBeforeScan: return head + flood([0xFF, 0xFE, 0, 3, 97]) + scan + [0, 0] + end
            case .tablesBeforeScan: return head + flood(codes) + scan + [0, 0] + end
            case .restartsInScan: return head + scan + flood([0xFF, 0xD0]) + end
            case .stuffingInScan: return head + scan + flood([0xFF, 0]) + end
            case .fillInScan: return head + scan + flood([0xFF]) + end
            case .tablesBehindScan: return head + scan + [0, 0] + flood(codes) + end
            case .behindEnd: return head + scan + [0, 0] + end + flood([0xFF, 0xDA, 0, 2])
            }
        }
    }

    @Test("A file of useless data takes at most three times as long as with libjpeg", arguments: Flood.allCases)
    func floods(flood: Flood) {
        let file = flood.file
        // Some are refused from their header.
        let mine = IdleStreamTests.cpu { _ = try? Self.replace(file, slowAt: -1) }
        let plain = IdleStreamTests.cpu {
            var verdict = reference_jpeg(file, file.count)
            reference_free(&verdict)
        }
        // Debug builds run the C code unoptimized.
        #expect(mine <= max(3 * plain, 0.05), "\(mine) s against \(plain) s")
    }
}
