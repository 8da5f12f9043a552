import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// zlib streams of headers, inflated under a limit.
enum Inflate {
    /// The stream's content; throws `limitExceeded` when it holds more than `maximum` bytes, `corrupt` when damaged.
    static func zlib(_ stream: Bytes, maximum: Int) throws(GessoError) -> Data {
        // No deflate stream of use is longer than stored blocks would be (RFC 1951, 3.2.4), but it can be made of nothing.
        guard stream.count - maximum / 1024 - 64 <= maximum else { throw .profileTooLong(maximum) }
        var output = gesso_codec_output()
        var report = gesso_codec_report()
        let start = stream.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        gesso_zlib_inflate(start, stream.count, maximum, &output, &report)
        if report.status == GESSO_CODEC_LIMIT { throw .profileTooLong(maximum) }
        try report.check(stage: "probe", format: .png)
        return Data(taking: output)
    }
}
