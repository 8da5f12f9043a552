import CDeflateDifferential
import CGessoDeflate
import Testing

/// The decompressor, alone and behind the PNG decoder. Scripts/compare-inflate runs the comparison two million times.
@Suite struct InflateTests {
    /// Gives out its pieces in order; a class, so that C can hold on to it.
    final class Pieces {
        var left: ArraySlice<[UInt8]>
        /// Kept until the end, as the decoder may still read them.
        var buffers: [UnsafeMutableBufferPointer<UInt8>] = []
        var stops = 0
        var limit = Int.max

        init(_ pieces: [[UInt8]]) { left = pieces[...] }
        deinit { for buffer in buffers { buffer.deallocate() } }

        func next() -> UnsafeMutableBufferPointer<UInt8>? {
            guard let piece = left.popFirst() else { return nil }
            let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: piece.count)
            _ = buffer.initialize(from: piece)
            buffers.append(buffer)
            return buffer
        }
    }

    /// The stream's content, or nil when it is refused.
    static func inflated(_ pieces: [[UInt8]], count: Int, stopAfter limit: Int = .max) -> (bytes: [UInt8]?, stops: Int)
    {
        let source = Pieces(pieces)
        source.limit = limit
        var output = [UInt8](repeating: 0xA5, count: count + Int(GESSO_INFLATE_OVERRUN) + 64)
        let done = withExtendedLifetime(source) {
            var input = gesso_inflate_source(
                next: { context, bytes, count in
                    guard let context, let piece = Unmanaged<Pieces>.fromOpaque(context).takeUnretainedValue().next()
                    else { return 0 }
                    bytes?.pointee = UnsafePointer(piece.baseAddress)
                    count?.pointee = piece.count
                    return 1
                },
                should_stop: { context in
                    guard let context else { return 1 }
                    let pieces = Unmanaged<Pieces>.fromOpaque(context).takeUnretainedValue()
                    pieces.stops += 1
                    return pieces.stops > pieces.limit ? 1 : 0
                },
                context: Unmanaged.passUnretained(source).toOpaque())
            return output.withUnsafeMutableBufferPointer { gesso_inflate(&input, $0.baseAddress, count) }
        }
        #expect(output[(count + Int(GESSO_INFLATE_OVERRUN))...].allSatisfy { $0 == 0xA5 })
        return (done == 1 ? Array(output.prefix(count)) : nil, source.stops)
    }

    static func stream(_ bytes: [UInt8]) throws -> [UInt8] {
        try DeflateTests.whole(bytes, GESSO_DEFLATE_LAZY, piece: max(1, bytes.count))
    }

    @Test("A stream split at any byte, with empty pieces anywhere, gives the same bytes", arguments: 1...6)
    func everySplit(pieceCount: Int) throws {
        let bytes = DeflateTests.Kind.mixed.bytes(400)
        let stream = try Self.stream(bytes)
        for cut in 0...stream.count {
            // Pieces of equal length from the cut on, and the rest.
            var pieces = [Array(stream[..<cut])]
            for index in 1..<max(2, pieceCount) {
                let start = min(stream.count, cut + (index - 1) * 9)
                let end = index == max(2, pieceCount) - 1 ? stream.count : min(stream.count, start + 9)
                pieces.append(Array(stream[start..<end]))
            }
            #expect(Self.inflated(pieces, count: bytes.count).bytes == bytes, "cut at \(cut)")
            for place in 0...pieces.count {
                var spread = pieces
                spread.insert(contentsOf: [[], []], at: place)
                #expect(Self.inflated(spread, count: bytes.count).bytes == bytes, "cut at \(cut), empty at \(place)")
            }
        }
    }

    @Test("Pieces of every length give the same bytes", arguments: DeflateTests.Kind.allCases)
    func everyLength(kind: DeflateTests.Kind) throws {
        let bytes = kind.bytes(5_000)
        let stream = try Self.stream(bytes)
        for length in Array(1...40) + [63, 64, 65, 127, 128, 129, 152, 153, 1_000] {
            let pieces = stride(from: 0, to: stream.count, by: length).map {
                Array(stream[$0..<min($0 + length, stream.count)])
            }
            #expect(Self.inflated(pieces, count: bytes.count).bytes == bytes, "pieces of \(length)")
        }
    }

    @Test("A stream cut anywhere is refused")
    func truncated() throws {
        let bytes = DeflateTests.Kind.residues.bytes(300)
        let stream = try Self.stream(bytes)
        for count in 0..<stream.count {
            let cut = Array(stream[..<count])
            #expect(Self.inflated([cut], count: bytes.count).bytes == nil)
            #expect(Self.inflated([[], cut, []], count: bytes.count).bytes == nil)
        }
    }

    @Test("Stops at the latest after 64 KiB of input")
    func stops() throws {
        let bytes = DeflateTests.Kind.noise.bytes(2_000_000)
        let stream = try Self.stream(bytes)
        let all = Self.inflated([stream], count: bytes.count)
        #expect(all.bytes == bytes)
        #expect(all.stops >= stream.count / 65_536)
        let few = Self.inflated([stream], count: bytes.count, stopAfter: 3)
        #expect(few.bytes == nil && few.stops == 4)
    }

    @Test("Input without output is given up after a bounded part", arguments: EmptyBlocks.allCases)
    func idle(blocks: EmptyBlocks) {
        let stream = [0x78, 0x01] + blocks.bytes(3_000_000) + [0x03, 0x00, 0, 0, 0, 1]
        let result = Self.inflated([stream], count: 1)
        #expect(result.bytes == nil)
        // A call for every 64 blocks, none of which is shorter than 10 bits.
        #expect(result.stops <= 4 * 65_536 * 8 / 10 / 64)
    }

    @Test("A sample of generated files is decoded as by libpng, or refused like there", arguments: 0..<8)
    func differential(part: UInt64) {
        for seed in part * 500..<(part + 1) * 500 {
            var reason = [CChar](repeating: 0, count: 200)
            let result = differential_run(seed, &reason)
            let text = String(decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            #expect(result != DIFFERENTIAL_DIFFERS, "seed \(seed): \(text)")
        }
    }

    @Test("Generated files are valid and invalid in like numbers")
    func differentialMix() {
        var reason = [CChar](repeating: 0, count: 200)
        let accepted = (UInt64(0)..<400).count { differential_run($0, &reason) == DIFFERENTIAL_ACCEPTED }
        #expect((120...320).contains(accepted))
    }
}
