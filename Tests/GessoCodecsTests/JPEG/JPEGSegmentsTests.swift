import Foundation
import GessoPixels
import Testing

@testable import GessoCodecs

@Suite("Marker segments of a JPEG")
struct JPEGSegmentsTests {
    private static func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
    }

    private static let start: [UInt8] = [0xFF, 0xD8]
    private static let scan: [UInt8] = [0xFF, 0xDA, 0, 3, 1, 7, 7, 7]

    /// Marker, offset and content of each segment, up to the scan or the end.
    private static func read(
        _ file: [UInt8], maximumCount: Int = 100
    ) throws -> (segments: [(UInt8, Int, [UInt8])], reachedScan: Bool) {
        try Data(file).withBytes { bytes throws(GessoError) in
            var reader = JPEGSegments(bytes, maximumCount: maximumCount)
            var found: [(UInt8, Int, [UInt8])] = []
            while let segment = try reader.next() {
                if segment.marker == JPEGSegments.scan { return (found, true) }
                #expect(segment.end == segment.offset + 4 + segment.body.count)
                found.append((segment.marker, segment.offset, [UInt8](segment.body.buffer)))
            }
            return (found, false)
        }
    }

    @Test("have their offsets and contents, with fill bytes, other bytes and markers without a segment between them")
    func order() throws {
        let file =
            Self.start + Self.segment(0xE0, [1, 2]) + [0xFF, 0xFF] + Self.segment(0xDB, [3]) + [9, 0xFF, 0x01]
            + Self.segment(0xFE, []) + Self.scan
        let (segments, reachedScan) = try Self.read(file)
        #expect(reachedScan)
        #expect(segments.map(\.0) == [0xE0, 0xDB, 0xFE])
        #expect(segments.map(\.1) == [2, 10, 18])
        #expect(segments.map(\.2) == [[1, 2], [3], []])
    }

    @Test("are read up to the first one that is truncated")
    func truncated() throws {
        let parts = [Self.start, Self.segment(0xE1, [1, 2, 3]), Self.segment(0xE2, [4]), Self.scan]
        let file = parts.flatMap(\.self)
        let ends = [2 + 7, 2 + 7 + 5]
        for count in 2..<file.count {
            let (segments, reachedScan) = try Self.read(Array(file.prefix(count)))
            #expect(segments.count == ends.count { $0 <= count })
            #expect(reachedScan == (count >= ends[1] + 2))
        }
    }

    @Test("with an invalid length are skipped by their length field, as by libjpeg", arguments: [UInt8(0), 1])
    func shortLength(length: UInt8) throws {
        let file = Self.start + [0xFF, 0xE3, 0, length] + Self.segment(0xE4, [5]) + Self.scan
        #expect(try Self.read(file).segments.map(\.1) == [2, 6])
    }

    @Test("may be as many as allowed")
    func maximum() throws {
        let file = Self.start + Self.segment(0xE1, []) + Self.segment(0xE1, []) + Self.scan
        #expect(try Self.read(file, maximumCount: 2).segments.count == 2)
        let error = #expect(throws: GessoError.self) { _ = try Self.read(file, maximumCount: 1) }
        #expect(error?.code == .limitExceeded)
    }

    @Test("do not include a second start or an end of image", arguments: [UInt8(0xD8), 0xD9])
    func strayMarker(marker: UInt8) {
        let file = Self.start + Self.segment(0xE1, []) + [0xFF, marker] + Self.scan
        let error = #expect(throws: GessoError.self) { _ = try Self.read(file) }
        #expect(error?.code == .corrupt)
        #expect(error?.facts["offset"] == "6")
    }
}
