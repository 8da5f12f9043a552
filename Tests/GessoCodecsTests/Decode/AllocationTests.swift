import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// The library that `Scripts/failing-allocations` preloads (Tests/failing-allocations/failer.c).
enum Failer {
    private static func symbol<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }

    private static let armFunction = symbol(
        "gesso_failer_arm", as: (@convention(c) (Int, Int32) -> Void).self)
    private static let disarmFunction = symbol("gesso_failer_disarm", as: (@convention(c) () -> Int).self)
    private static let liveFunction = symbol("gesso_failer_live", as: (@convention(c) () -> Int).self)

    static var isPresent: Bool { armFunction != nil }
    /// Allocations made while armed and not freed.
    static var live: Int { liveFunction?() ?? 0 }

    /// Runs `body` while the `point`-th allocation in C fails, with `all` also every later one; returns the number of
    /// allocations.
    static func failing<R>(_ point: Int, all: Bool, _ body: () -> R) -> (result: R, count: Int) {
        armFunction?(point, all ? 1 : 0)
        let result = body()
        return (result, disarmFunction?() ?? 0)
    }
}

/// Each allocation of the C drivers and the codec libraries fails in turn. Each time the result must be a typed error,
/// or the usual result if the allocation was optional; never a crash or a leak. Run by `Scripts/failing-allocations`,
/// with one process for each job, since a crash inside a library ends the process.
@Suite("Allocations", .enabled(if: Failer.isPresent), .serialized)
struct AllocationTests {
    /// An operation whose allocations fail, and its result.
    struct Job: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let run: @Sendable () throws(GessoError) -> [UInt8]
    }

    static func decoding(_ name: String, _ options: ImageDecoder.Options = ImageDecoder.Options(), _ note: String = "")
        -> Job
    {
        Job(testDescription: "decode \(name)\(note)") { () throws(GessoError) in
            guard let data = try? Fixture.data(name) else { return [] }
            let image = try ImageDecoder.decode(data, options: options)
            return image.bitmap.samples.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        }
    }

    static func encoding(
        _ encoding: ImageEncoding, _ format: Bitmap.Format, _ size: Size = Size(width: 70, height: 45),
        profile: ColorProfile? = nil
    ) -> Job {
        let note = profile == nil ? "" : " with a profile"
        let bitmap = try? Bitmap.textured(size, format)
        return Job(testDescription: "encode \(encoding) of \(format)\(note)") { () throws(GessoError) in
            guard let bitmap else { return [] }
            return [UInt8](try ImageEncoder.encode(bitmap, as: encoding, profile: profile).data)
        }
    }

    static let decodes: [Job] =
        [
            "gray8", "rgb8", "rgba8", "palette8_key", "grayalpha8", "gray1", "rgb8_key", "rgb8_adam7", "rgb16",
            "palette4",
        ]
        .map { decoding("\($0).png") } + [
            decoding("rgb16.png", ImageDecoder.Options(preserve16Bit: true), " deep"),
            decoding("rgb8.png", ImageDecoder.Options(level: .lenient), " leniently"),
            decoding("meta.png"), decoding("j420.jpg"), decoding("j444.jpg"), decoding("jgray.jpg"),
            decoding("jprogressive.jpg"), decoding("jarithmetic.jpg"), decoding("jrestart.jpg"),
            decoding("jcmyk.jpg"), decoding("meta.jpg"),
            decoding("jbig.jpg", ImageDecoder.Options(targetSize: Size(width: 20, height: 15)), " scaled"),
            decoding("j420.jpg", ImageDecoder.Options(level: .lenient), " leniently"),
        ]
        + ["wlossy", "wlossless", "walpha", "wlosslessalpha", "wexif", "wanimated"].map { decoding("\($0).webp") } + [
            decoding("walpha.webp", ImageDecoder.Options(targetSize: Size(width: 10, height: 7)), " scaled"),
            decoding("wlossy.webp", ImageDecoder.Options(level: .lenient), " leniently"),
        ]

    /// libde265 allocates in threads of its own and ends the process if it cannot; the script goes on behind that.
    static let heif: [Job] =
        HEIFFixture.isAvailable
        ? [
            decoding("../heif/plain420.heic"), decoding("../heif/grid-alpha.heic"), decoding("../heif/extents.heic"),
            decoding("../heif/alpha.avif"), decoding("../heif/grid.avif"), encoding(.avif, .rgb8),
            encoding(.avif(subsampling: .none), .rgba8), encoding(.avif, .gray8, profile: nil),
        ] : []

    static let encodes: [Job] = [
        encoding(.png(effort: .fast), .rgb8), encoding(.png, .rgba8), encoding(.png(effort: .small), .gray8),
        encoding(.png, .rgb16), encoding(.png, .rgb8, profile: .displayP3), encoding(.jpeg, .rgb8),
        encoding(.jpeg(quality: 100, subsampling: .none), .rgb8, Size(width: 300, height: 200)),
        encoding(.jpeg(progressive: true), .rgb8), encoding(.jpeg, .gray8),
        encoding(.jpeg, .rgb8, profile: .displayP3), encoding(.webp, .rgb8), encoding(.webp(method: 0), .rgba8),
        encoding(.webp(quality: 100, method: 6, alphaQuality: 50), .rgba8, Size(width: 200, height: 150)),
        encoding(.webpLossless, .rgb8), encoding(.webpLossless(effort: 6), .rgba8), encoding(.webp, .gray8),
        encoding(.webp, .rgb8, profile: .displayP3),
    ]

    static let colors: [Job] = [Bitmap.Format.rgb8, .rgba8, .rgb16, .rgba16].map { format in
        let bitmap = try? Bitmap.textured(Size(width: 9, height: 5), format)
        return Job(testDescription: "convert \(format) from Display P3") { () throws(GessoError) in
            guard let bitmap else { return [] }
            return try bitmap.converted(from: .displayP3, to: nil).samples.map { UInt8($0 & 255) }
        }
    }

    static let patches: [Job] = ["420-baseline", "420-progressive", "arithmetic-progressive", "gray-baseline"].map {
        name in
        Job(testDescription: "patch \(name)") { () throws(GessoError) in
            guard let data = try? PatchFixture.file(name) else { return [] }
            let header = try ImageHeader(probing: data)
            let mask = try Mask.ellipse(in: Rect(x: 8, y: 8, width: 20, height: 17), size: header.size)
            let paint = try Bitmap(size: header.size, format: header.colorModel == .gray ? .gray8 : .rgb8)
            return [UInt8](try JPEGPatch.replacing(in: data, with: paint, touched: mask).data)
        }
    }

    static let all = decodes + encodes + colors + patches + heif

    /// The job whose number the environment names, or all jobs.
    static let chosen: [Job] = {
        guard let text = ProcessInfo.processInfo.environment["GESSO_ALLOCATION_JOB"], let index = Int(text) else {
            return all
        }
        return all.indices.contains(index) ? [all[index]] : []
    }()

    /// The allocation to begin with, for continuing after a crash; each one takes two runs.
    static let firstRun = ProcessInfo.processInfo.environment["GESSO_ALLOCATION_RUN"].flatMap { Int($0) } ?? 0

    /// Prints a line for the script, unbuffered, so that it is not lost in a crash.
    static func note(_ text: String) {
        FileHandle.standardError.write(Data("allocations: \(text)\n".utf8))
    }

    @Test("Each failing allocation ends in a typed error", arguments: chosen)
    func points(job: Job) throws {
        let expected = try job.run()
        #expect(!expected.isEmpty)
        let outcome = { () -> Result<[UInt8], GessoError> in
            Result { () throws(GessoError) in try job.run() }
        }
        let all = Failer.failing(0, all: false, outcome)
        #expect(try all.result.get() == expected)
        #expect(all.count > 0)
        Self.note("job \(all.count) \(job.testDescription)")
        for run in min(Self.firstRun, 2 * all.count)..<(2 * all.count) {
            Self.note("run \(run)")
            let point = run / 2 + 1
            let before = Failer.live
            switch Failer.failing(point, all: run % 2 == 1, outcome).result {
            case .success(let bytes):
                // Compared as a Boolean: printing two whole files in a failure takes minutes.
                #expect((bytes == expected) == true, "allocation \(point): another result")
                Self.note("unharmed")
            case .failure(let error):
                // libwebp reports some failed allocations as a damaged bitstream.
                let isMisnamed = error.code == .corrupt && job.testDescription.contains(".webp")
                #expect(error.code == .outOfMemory || isMisnamed, "allocation \(point): \(error)")
                Self.note(isMisnamed ? "corrupt" : "typed")
            }
            #expect(Failer.live == before, "allocation \(point) of \(all.count) leaks")
        }
    }
}
