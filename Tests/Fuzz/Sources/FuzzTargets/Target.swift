import Foundation

/// What can be fuzzed; each reads its input as it likes and stops the process when a promise is broken.
enum Target: String, CaseIterable {
    case png, deflate, jpeg, webp, gif, heif, patch, probe, cost, exif, icc, pixels, base64, json, events, lines,
        responses, multipart

    func run(_ input: Input) {
        switch self {
        case .png: fuzzPNG(input)
        case .deflate: fuzzDeflate(input)
        case .jpeg: fuzzJPEG(input)
        case .webp: fuzzWebP(input)
        case .gif: fuzzGIF(input)
        case .heif: fuzzHEIF(input)
        case .patch: fuzzPatch(input)
        case .probe: fuzzProbe(input)
        case .cost: fuzzCost(input)
        case .exif: fuzzEXIF(input)
        case .icc: fuzzICC(input)
        case .pixels: fuzzPixels(input)
        case .base64: fuzzBase64(input)
        case .json: fuzzJSON(input)
        case .events: fuzzEvents(input)
        case .lines: fuzzLines(input)
        case .responses: fuzzResponses(input)
        case .multipart: fuzzMultipart(input)
        }
    }
}

/// The bytes of one run. Settings are taken from the end, so that a file keeps its place when the fuzzer changes them.
struct Input {
    private(set) var bytes: [UInt8]

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = Array(bytes) }

    var data: Data { Data(bytes) }

    /// The last byte, which is taken off; 0 when there is none.
    mutating func setting() -> Int { Int(bytes.popLast() ?? 0) }

    /// The bytes cut into pieces by lengths taken from the end.
    mutating func pieces() -> [ArraySlice<UInt8>] {
        let lengths = (0..<4).map { _ in setting() + 1 }
        var (pieces, rest, turn) = ([ArraySlice<UInt8>](), bytes[...], 0)
        while !rest.isEmpty {
            pieces.append(rest.prefix(lengths[turn % 4]))
            rest = rest.dropFirst(lengths[turn % 4])
            turn += 1
        }
        return pieces
    }
}

/// Ends the process, which makes the input a finding.
func broken(_ promise: String) -> Never {
    FileHandle.standardError.write(Data("gesso-fuzz: broken promise: \(promise)\n".utf8))
    abort()
}

// Set once, before the first input.
nonisolated(unsafe) private var chosen = Target.png

@_cdecl("gesso_fuzz_choose")
public func choose(_ name: UnsafePointer<CChar>) -> Int32 {
    guard let target = Target(rawValue: String(cString: name)) else { return 0 }
    chosen = target
    return 1
}

@_cdecl("gesso_fuzz_run")
public func run(_ bytes: UnsafePointer<UInt8>?, _ count: Int) {
    chosen.run(Input(UnsafeBufferPointer(start: bytes, count: count)))
}
