import Foundation
import Synchronization
import Testing

@testable import Gesso

@Suite("The reader of frames")
struct FrameReaderTests {
    /// Hands out pieces one by one, each in as many calls as the buffers need, and then the end.
    private static func source(_ pieces: [Data]) -> FrameReader.Source {
        let rest = Mutex(pieces.filter { !$0.isEmpty })
        return { buffer in
            rest.withLock { rest in
                guard let piece = rest.first else { return .success(0) }
                let count = min(piece.count, buffer.count)
                buffer.copyBytes(from: piece.prefix(count))
                if count == piece.count { rest.removeFirst() } else { rest[0] = Data(piece.dropFirst(count)) }
                return .success(count)
            }
        }
    }

    /// A line, a body that looks like lines, an empty line, and a last line.
    private static let input = Data("{\"a\":1}\n{\n}\n\u{0}\n\nlast\n".utf8)

    private func check(_ pieces: [Data], _ note: String) throws {
        var reader = FrameReader(lineLimit: 20, source: Self.source(pieces))
        #expect(try reader.line() == Data("{\"a\":1}".utf8), "\(note)")
        #expect(try reader.body(5) == Data("{\n}\n\u{0}".utf8), "\(note)")
        #expect(try reader.line() == Data(), "\(note)")
        #expect(try reader.line() == Data(), "\(note)")
        #expect(try reader.line() == Data("last".utf8), "\(note)")
        #expect(try reader.line() == nil, "\(note)")
    }

    @Test("gives the same wherever the bytes are split")
    func splits() throws {
        let input = Self.input
        for index in 0...input.count { try check([Data(input[..<index]), Data(input[index...])], "\(index)") }
    }

    @Test("gives the same when bytes come one at a time")
    func singleBytes() throws { try check(Self.input.map { Data([$0]) }, "bytes") }

    @Test("takes a last line without a line feed")
    func lastLine() throws {
        var reader = FrameReader(lineLimit: 20, source: Self.source([Data("one\ntwo".utf8)]))
        #expect(try reader.line() == Data("one".utf8))
        #expect(try reader.line() == Data("two".utf8))
        #expect(try reader.line() == nil)
    }

    @Test("passes over a line that is too long and goes on behind it", arguments: [21, 300_000])
    func longLines(_ length: Int) throws {
        let input = Data(repeating: 0x78, count: length) + Data("\n12345678901234567890\n".utf8)
        var reader = FrameReader(lineLimit: 20, source: Self.source([input]))
        let error = #expect(throws: GessoError.self) { try reader.line() }
        #expect(error?.code == .limitExceeded)
        #expect(try reader.line()?.count == 20)
        #expect(try reader.line() == nil)
    }

    @Test("says so when the input ends inside a body", arguments: [0, 1, 99])
    func shortBodies(_ count: Int) throws {
        var reader = FrameReader(lineLimit: 20, source: Self.source([Data(repeating: 1, count: count)]))
        let error = #expect(throws: GessoError.self) { try reader.body(100) }
        #expect(error?.code == .truncated && error?.facts["found"] == "\(count)")
        var skipping = FrameReader(lineLimit: 20, source: Self.source([Data(repeating: 1, count: count)]))
        #expect(throws: GessoError.self) { try skipping.skip(100) }
    }

    @Test("reads and skips bodies longer than its buffers")
    func longBodies() throws {
        let body = Data((0..<9_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
        var reader = FrameReader(
            lineLimit: 20, source: Self.source([Data("a\n".utf8) + body + body + Data("b\n".utf8)]))
        #expect(try reader.line() == Data("a".utf8))
        #expect(try reader.body(body.count) == body)
        try reader.skip(body.count)
        #expect(try reader.line() == Data("b".utf8))
    }

    @Test("hands on what its source throws")
    func failures() throws {
        let failure = GessoError(.fileNotReadable, stage: "read", "No.")
        var reader = FrameReader(lineLimit: 20) { _ in .failure(failure) }
        #expect(throws: failure) { try reader.line() }
        #expect(throws: failure) { try reader.body(9) }
    }
}
