import CGessoDeflate
import CReferenceDecoders
import Testing

/// The compressor, judged by zlib.
@Suite struct DeflateTests {
    static let searches = [GESSO_DEFLATE_FAST, GESSO_DEFLATE_LAZY]

    /// The zlib stream of `bytes`, taken in by pieces, or nil when `capacity` is too small; nothing behind it is touched.
    static func deflated(
        _ bytes: [UInt8], _ search: gesso_deflate_search, piece: Int, capacity: Int? = nil
    ) throws -> [UInt8]? {
        let capacity = capacity ?? gesso_deflate_bound(bytes.count)
        var out = [UInt8](repeating: 0xA5, count: capacity + 64)
        let count = try out.withUnsafeMutableBufferPointer { out -> Int in
            let deflate = try #require(gesso_deflate_start(search, piece, out.baseAddress, capacity))
            defer { gesso_deflate_free(deflate) }
            for start in stride(from: 0, to: bytes.count, by: piece) {
                let room = UnsafeMutableBufferPointer(start: gesso_deflate_room(deflate), count: piece)
                let taken = bytes[start..<min(start + piece, bytes.count)]
                _ = room.update(fromContentsOf: taken)
                gesso_deflate_take(deflate, taken.count)
            }
            return gesso_deflate_finish(deflate)
        }
        #expect(out[capacity...].allSatisfy { $0 == 0xA5 })
        return count == 0 ? nil : Array(out[..<count])
    }

    /// The same with room enough.
    static func whole(_ bytes: [UInt8], _ search: gesso_deflate_search, piece: Int) throws -> [UInt8] {
        let stream = try deflated(bytes, search, piece: piece)
        return try #require(stream)
    }

    /// What zlib makes of the stream, up to one byte more than expected; checks the checksum, too.
    static func inflated(_ stream: [UInt8], count: Int) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count + 1)
        let body = stream.dropFirst(2).dropLast(4)
        let written = body.withUnsafeBufferPointer {
            reference_inflate($0.baseAddress, $0.count, &output, output.count)
        }
        output.removeLast(output.count - written)
        let stated = stream.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
        #expect(stated == SeededGenerator.adler(output))
        return output
    }

    enum Kind: String, CaseIterable {
        case equal, noise, fewValues, residues, rows, farApart, fibonacci, mixed

        func bytes(_ count: Int) -> [UInt8] {
            var noise = SeededGenerator(seed: UInt64(count))
            switch self {
            case .equal: return [UInt8](repeating: 7, count: count)
            case .noise: return (0..<count).map { _ in UInt8(noise.below(256)) }
            case .fewValues: return (0..<count).map { _ in UInt8(noise.below(3) * 100) }
            case .residues:
                // Small numbers of both signs, as filters leave them.
                return (0..<count).map { _ in UInt8((noise.below(6) * noise.below(6) - noise.below(20)) & 255) }
            case .rows:
                let row = (0..<997).map { _ in UInt8(noise.below(256)) }
                return (0..<count).map { row[$0 % 997] ^ (noise.below(50) == 0 ? 1 : 0) }
            case .farApart:
                // Repeats at the longest distance there is, at one less and one more.
                var bytes = (0..<min(count, 32_769)).map { _ in UInt8(noise.below(256)) }
                while bytes.count < count {
                    let distance = 32_767 + noise.below(3)
                    bytes.append(contentsOf: bytes[(bytes.count - min(distance, bytes.count))...].prefix(300))
                }
                return Array(bytes.prefix(count))
            case .fibonacci:
                // Counts that make a code as deep as it has symbols, if nothing limits it.
                var (counts, all) = ([1, 1], [UInt8]())
                while counts.count < 21 { counts.append(counts[counts.count - 1] + counts[counts.count - 2]) }
                for (value, count) in counts.enumerated() { all += [UInt8](repeating: UInt8(value), count: count) }
                for i in all.indices.reversed() { all.swapAt(i, noise.below(i + 1)) }
                return Array(all.prefix(count))
            case .mixed:
                return (0..<count / 3).map { _ in UInt8(noise.below(256)) }
                    + [UInt8](repeating: 0, count: count / 3) + Kind.residues.bytes(count - count / 3 * 2)
            }
        }
    }

    @Test("Whatever bytes come, in whatever pieces, inflate to themselves", arguments: Kind.allCases, searches)
    func roundTrip(kind: Kind, search: gesso_deflate_search) throws {
        for (count, piece) in [
            (1, 1), (2, 2), (5, 1), (6, 6), (7, 3), (257, 9), (300, 300), (8_000, 13), (20_000, 4_097),
            (70_000, 70_000), (140_001, 3_073), (170_000, 150_000),
        ] {
            let bytes = kind.bytes(count)
            let stream = try Self.whole(bytes, search, piece: piece)
            #expect(stream.count <= gesso_deflate_bound(bytes.count))
            #expect(Self.inflated(stream, count: bytes.count) == bytes, "\(count) bytes in pieces of \(piece)")
        }
    }

    @Test("Nothing at all is a stream too", arguments: searches)
    func empty(search: gesso_deflate_search) throws {
        let stream = try Self.whole([], search, piece: 1)
        #expect(stream == [0x78, 0x5E, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01])
    }

    @Test("Every short length inflates to itself", arguments: searches)
    func short(search: gesso_deflate_search) throws {
        for count in 1...600 {
            let bytes = (0..<count).map { UInt8($0 % 5) }
            let stream = try Self.whole(bytes, search, piece: count)
            #expect(Self.inflated(stream, count: count) == bytes)
        }
    }

    @Test("Noise grows by less than a thousandth, repetition all but vanishes", arguments: searches)
    func sizes(search: gesso_deflate_search) throws {
        let noise = try Self.whole(Kind.noise.bytes(200_000), search, piece: 3_000)
        #expect(noise.count < 200_200)
        let equal = try Self.whole(Kind.equal.bytes(200_000), search, piece: 3_000)
        #expect(equal.count < 1_000)
        // Three values and the end of a block make a code of two bits each.
        let few = try Self.whole(Kind.fewValues.bytes(200_000), search, piece: 3_000)
        #expect(few.count < 50_100)
    }

    @Test("Too little room is an error, and nothing is written behind it", arguments: Kind.allCases, searches)
    func noRoom(kind: Kind, search: gesso_deflate_search) throws {
        let bytes = kind.bytes(40_000)
        let whole = try Self.whole(bytes, search, piece: 1_000).count
        for capacity in [0, 1, 8, 17, 18, 40, whole / 2, whole - 1] {
            #expect(try Self.deflated(bytes, search, piece: 1_000, capacity: capacity) == nil)
        }
    }
}
