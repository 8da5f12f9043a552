import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension gesso_codec_report {
    var messageText: String { withUnsafePointer(to: self) { String(cString: gesso_codec_report_message($0)) } }
    var warningTexts: [String] {
        withUnsafePointer(to: self) { report in
            (0..<warning_count).map { String(cString: gesso_codec_report_warning(report, $0)) }
        }
    }

    /// Throws the error for a status other than OK.
    func check(stage: String, format: ImageFormat) throws(GessoError) {
        guard status != GESSO_CODEC_OK else { return }
        var facts = ["format": format.rawValue, "codec": messageText]
        if first_invalid_row >= 0 { facts["row"] = "\(first_invalid_row)" }
        throw GessoError(code, stage: stage, sentence(format), facts: facts)
    }

    private var code: GessoError.Code {
        switch status {
        case GESSO_CODEC_CORRUPT: .corrupt
        case GESSO_CODEC_TRUNCATED: .truncated
        case GESSO_CODEC_UNSUPPORTED: .unsupportedFeature
        case GESSO_CODEC_NO_MEMORY: .outOfMemory
        case GESSO_CODEC_LIMIT, GESSO_CODEC_TOO_SLOW: .limitExceeded
        case GESSO_CODEC_CANCELLED: .cancelled
        case GESSO_CODEC_BAD_PROFILE: .invalidProfile
        default: .encodingFailed
        }
    }

    private func sentence(_ format: ImageFormat) -> String {
        switch status {
        case GESSO_CODEC_CORRUPT:
            "The \(format) data are damaged (\(messageText)); transfer or export the file again, or decode leniently."
        case GESSO_CODEC_TRUNCATED:
            "The \(format) file is truncated (\(messageText)); transfer it again, or decode leniently."
        case GESSO_CODEC_UNSUPPORTED:
            "This kind of \(format) is not supported (\(messageText)); save it in a more common kind."
        case GESSO_CODEC_NO_MEMORY: "Not enough memory (\(messageText)); work on fewer or smaller images at once."
        case GESSO_CODEC_LIMIT:
            "The \(format) file exceeds a limit (\(messageText)); save it again, or raise the limit."
        case GESSO_CODEC_TOO_SLOW:
            "The \(format) exceeded its CPU time (\(messageText)); raise limits.cpuSeconds "
                + "(--limit cpu-seconds=N), or use a smaller image."
        case GESSO_CODEC_CANCELLED: "The task was cancelled."
        case GESSO_CODEC_BAD_PROFILE: "The color profile cannot be used (\(messageText)); remove or replace it."
        default: "The \(format) codec failed: \(messageText)."
        }
    }
}

extension Data {
    /// The output of a C driver, which is not copied; `Data` frees it.
    init(taking output: gesso_codec_output) {
        guard let bytes = output.bytes else {
            self.init()
            return
        }
        self.init(
            bytesNoCopy: bytes, count: output.count, deallocator: .custom { pointer, _ in gesso_codec_free(pointer) })
    }
}

extension ParsedHeader {
    /// The header to which the C drivers compare their own.
    var codecHeader: gesso_codec_header {
        gesso_codec_header(
            width: UInt32(clamping: size.width), height: UInt32(clamping: size.height),
            channels: Int32(clamping: channels))
    }
}

extension ImageDecoder.Limits {
    /// The CPU time limit and the cancellation check for the C drivers.
    var watch: gesso_codec_watch {
        let nanoseconds = cpuSeconds > 0 && cpuSeconds < 9e9 ? Int64(cpuSeconds * 1e9) : 0
        return gesso_codec_watch(cpu_nanoseconds: nanoseconds, is_cancelled: { Task.isCancelled ? 1 : 0 })
    }
}

/// The versions of the codec libraries, for reports.
package enum CodecVersions {
    /// Version numbers by library name.
    package static var all: [String: String] {
        var versions = gesso_codec_versions_t()
        gesso_codec_versions(&versions)
        let all = [
            "libpng": text(versions.png), "libjpeg-turbo": text(versions.jpeg), "libwebp": text(versions.webp),
            "lcms2": text(versions.lcms), "libdeflate": text(versions.deflate), "libheif": text(versions.heif),
        ]
        return all.filter { !$0.value.isEmpty }
    }

    private static func text<Field>(_ field: Field) -> String {
        // Safe: the C function ends each field with a zero byte inside it, and only the bytes before that are read.
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
