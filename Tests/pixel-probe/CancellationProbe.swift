import Foundation
import Gesso
import Synchronization

/// How long an operation runs on after its task is cancelled.
struct CancellationProbe {
    let name: String
    let work: @Sendable () throws -> Void

    /// Decodes, encodes and resizes of one image.
    static func all(_ size: Size) throws -> [CancellationProbe] {
        let bitmap = try TestImage.make(size)
        let encodings: [(String, ImageEncoding)] = [
            ("jpeg", .jpeg(quality: 85)), ("jpeg-progressive", .jpeg(quality: 85, progressive: true)),
            ("png", .png), ("png-fast", .png(effort: .fast, reduces: false)), ("webp", .webp(quality: 80)),
            ("webp-lossless", .webpLossless), ("avif", .avif(quality: 60)),
        ]
        var probes: [CancellationProbe] = []
        for (name, encoding) in encodings {
            let data = Lazy { try ImageEncoder.encode(bitmap, as: encoding).data }
            probes.append(CancellationProbe(name: "decode-\(name)") { _ = try ImageDecoder.decode(data.value()) })
            probes.append(
                CancellationProbe(name: "encode-\(name)") { _ = try ImageEncoder.encode(bitmap, as: encoding) })
        }
        let (half, double) = (
            Size(width: size.width / 2, height: size.height / 2), Size(width: size.width * 3 / 2, height: size.height)
        )
        probes.append(CancellationProbe(name: "resize-down") { _ = try bitmap.resized(to: half) })
        probes.append(CancellationProbe(name: "resize-up") { _ = try bitmap.resized(to: double) })
        probes.append(
            CancellationProbe(name: "resize-linear-light") { _ = try bitmap.resized(to: half, inLinearLight: true) })
        return probes
    }

    /// Cancels at random moments and returns a line of JSON: the whole time, and quantiles of the time until the end.
    func run(for limit: Duration) async throws -> String {
        // Once without measuring, for what is made at first use.
        try await PixelPool.shared.run(work)
        let begin = ContinuousClock.now
        try await PixelPool.shared.run(work)
        let whole = ContinuousClock.now - begin
        var times: [Duration] = []
        // A few at least, even when each takes seconds.
        while times.count < 2_000, ContinuousClock.now - begin < (times.count < 10 ? limit * 10 : limit) {
            let task = Task { try await PixelPool.shared.run(work) }
            try await Task.sleep(for: whole * Double.random(in: 0...0.95))
            let cancelled = ContinuousClock.now
            task.cancel()
            let result = await task.result
            let time = ContinuousClock.now - cancelled
            switch result {
            case .failure(let error as GessoError) where error.code == .cancelled: times.append(time)
            case .failure(let error): throw error
            // Had ended before, or took no notice of the cancellation and ran to its end.
            case .success: if time > .milliseconds(1) { times.append(time) }
            }
        }
        times.sort()
        func milliseconds(_ time: Duration) -> Double { (time / .milliseconds(1) * 100).rounded() / 100 }
        func quantile(_ part: Double) -> Double {
            times.isEmpty ? 0 : milliseconds(times[min(times.count - 1, Int(Double(times.count) * part))])
        }
        return """
            {"name": "\(name)", "whole": \(milliseconds(whole)), "count": \(times.count), "p50": \(quantile(0.5)), \
            "p99": \(quantile(0.99)), "most": \(quantile(1))}
            """
    }
}

/// A file that is encoded when it is first needed, and kept.
final class Lazy: Sendable {
    private let made = Mutex<Data?>(nil)
    private let make: @Sendable () throws -> Data

    init(_ make: @escaping @Sendable () throws -> Data) { self.make = make }

    func value() throws -> Data {
        try made.withLock { made in
            let data = try made ?? make()
            made = data
            return data
        }
    }
}
