import CGessoKernels
import Foundation
import Testing

@testable import Gesso

#if os(Linux)
import Glibc

/// What an image shows: the worst for encoders, and something like a photograph.
enum Content: CaseIterable {
    case noise, smooth

    func bitmap(_ size: Size, _ format: Bitmap.Format) throws(GessoError) -> Bitmap {
        var bitmap = try Bitmap(size: size, format: format)
        var state: UInt32 = 1
        let rowBytes = bitmap.bytesPerRow
        try bitmap.withMutableBytes { (bytes) throws(GessoError) in
            for offset in stride(from: 0, to: bytes.byteCount, by: 4) {
                state = state &* 1_664_525 &+ 1_013_904_223
                let grain = state ^ state >> 15
                let ramp = UInt32(truncatingIfNeeded: (offset % rowBytes) / 24 + offset / rowBytes / 7) & 127
                let value = self == .noise ? grain : (ramp &* 0x0101_0101) &+ (grain & 0x0707_0707)
                bytes.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
            }
        }
        return bitmap
    }
}

/// Measures what work takes by the peak of resident memory, in a process that does nothing else.
enum Measured {
    static let size: Size = {
        let side = ProcessInfo.processInfo.environment["GESSO_MEASURED_SIDE"].flatMap { Int($0) } ?? 900
        return Size(width: side, height: side * 3 / 4)
    }()

    static let files: [(String, ImageEncoding, Bitmap.Format)] =
        [
            ("png", .png, .rgb8), ("png with alpha", .png, .rgba8), ("16-bit png", .png(effort: .fast), .rgba16),
            ("jpeg", .jpeg, .rgb8),
            ("progressive jpeg", .jpeg(quality: 90, subsampling: .none, progressive: true), .rgb8),
            ("webp", .webp, .rgb8), ("webp with alpha", .webp, .rgba8), ("lossless webp", .webpLossless, .rgb8),
        ] + (hasHEIF ? [("avif", .avif, .rgb8), ("avif with alpha", .avif(subsampling: .none), .rgba8)] : [])

    private static let hasHEIF = CodecVersions.all["libheif"] != nil

    /// Further files, such as HEIC, which cannot be encoded here: paths in GESSO_MEASURED_FILES with a colon between them.
    static let furtherFiles = (ProcessInfo.processInfo.environment["GESSO_MEASURED_FILES"] ?? "")
        .split(separator: ":").map { URL(filePath: String($0)) }

    /// Encodings beyond those of the files.
    static let encodings: [(String, ImageEncoding, Bitmap.Format)] =
        [
            ("small png", .png(effort: .small, reduces: true), .rgba8), ("reduced png", .png(reduces: true), .rgb8),
            ("jpeg of quality 100", .jpeg(quality: 100, subsampling: .none), .rgb8), ("gray jpeg", .jpeg, .gray8),
            ("webp of quality 100", .webp(quality: 100), .rgb8), ("webp by method 6", .webp(method: 6), .rgba8),
            ("gray webp", .webp, .gray8), ("lossless webp by effort 1", .webpLossless(effort: 1), .rgba8),
            ("lossless webp by effort 4", .webpLossless(effort: 4), .rgba8),
            ("near lossless webp", .webpLossless(effort: 6, nearLossless: 50), .rgba8),
        ] + (hasHEIF ? [("avif by speed 6", .avif(quality: 100, speed: 6, subsampling: .none), .rgb8)] : [])

    static func file(_ content: Content, _ encoding: ImageEncoding, _ format: Bitmap.Format) throws -> Data {
        try ImageEncoder.encode(content.bitmap(size, format), as: encoding).data
    }

    /// glibc's malloc_trim, which Swift's module of it leaves out.
    private static let trim = dlsym(nil, "malloc_trim").map {
        // Safe: it takes a size and returns an int (malloc_trim(3)).
        unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
    }

    /// Each process checks on one thread.
    nonisolated(unsafe) private static var failed = false

    /// Runs `work` and holds the growth of resident memory to `reserved`.
    static func check<R>(_ what: String, _ reserved: Int, _ work: () throws -> R) throws {
        // What is free must not hide what is taken.
        gesso_page_pool_trim()
        _ = trim?(0)
        // Resets the peak to what is resident (proc(5), clear_refs).
        let file = open("/proc/self/clear_refs", O_WRONLY)
        guard file >= 0, write(file, "5", 1) == 1, close(file) == 0 else { throw CocoaError(.fileWriteUnknown) }
        let before = resident("VmRSS:")
        let result = try work()
        let peak = resident("VmHWM:") - before
        withExtendedLifetime(result) {}
        let isWithin = peak <= reserved + reserved / 10 + (4 << 20)
        if !isWithin { failed = true }
        let kibibytes = "\(peak >> 10) KiB of \(reserved >> 10)"
        FileHandle.standardError.write(Data("\(isWithin ? "" : "TOO MUCH: ")\(what): \(kibibytes)\n".utf8))
    }

    /// Prints the measurements of a process that ended; none at all is a failure too.
    static func report(_ lines: [UInt8]?) {
        let text = String(decoding: lines ?? [], as: UTF8.self)
        print(text)
        #expect(text.contains(" KiB of ") && !text.contains("TOO MUCH"), "\(text)")
    }

    static func finish() { exit(failed ? 1 : 0) }

    private static func resident(_ name: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0)
            << 10
    }
}
#endif
