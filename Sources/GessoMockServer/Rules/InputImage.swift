import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An uploaded image, decoded to upright 8-bit sRGB.
struct InputImage {
    let bitmap: Bitmap

    /// Files of this size or larger are refused.
    static let byteLimit = 50_000_000
    static let maskByteLimit = 4_000_000
    private static let types = ["image/jpeg", "image/png", "image/webp"]

    init(_ file: UploadedFile, byteLimit: Int = InputImage.byteLimit) throws(APIErrorResponse) {
        let format = try InputImage.format(of: file)
        guard file.data.count < byteLimit else {
            throw .invalidImage(
                "The file '\(file.param)' has \(file.data.count) bytes; it must be smaller than \(byteLimit / 1_000_000) MB.",
                param: file.param, code: "image_file_too_large")
        }
        do throws(GessoError) {
            let decoded = try ImageDecoder.decode(file.data)
            bitmap = try decoded.bitmap.oriented(decoded.header.orientation).converted(from: decoded.profile, to: nil)
        } catch {
            throw .invalidImage(
                "Invalid image file or mode for '\(file.param)', please check your image file. (\(format.rawValue): \(error.message))",
                param: file.param)
        }
    }

    /// The format found in the content. Refuses a declared type that the API does not accept or that contradicts it.
    private static func format(of file: UploadedFile) throws(APIErrorResponse) -> ImageFormat {
        guard !file.data.isEmpty else {
            throw .invalidImage("The file '\(file.param)' is empty.", param: file.param, code: "empty_image_file")
        }
        let declared = (file.contentType ?? "application/octet-stream").split(separator: ";")[0].lowercased()
        guard types.contains(declared) else {
            throw APIErrorResponse(
                400,
                "Invalid file '\(file.param)': unsupported mimetype ('\(declared.prefix(100))'). Supported file formats are "
                    + "'image/jpeg', 'image/png', and 'image/webp'.", param: file.param,
                code: "unsupported_file_mimetype")
        }
        guard let format = ImageFormat(sniffing: file.data), types.contains(format.mimeType) else {
            throw .invalidImage(
                "Invalid image file or mode for '\(file.param)', please check your image file.", param: file.param)
        }
        guard format.mimeType == declared else {
            throw .invalidImage(
                "The file '\(file.param)' is declared as \(declared), but it is \(format.mimeType).", param: file.param)
        }
        return format
    }
}

/// Decodes the overlays of an edit (mask and markup), which must have the first image's size and an alpha channel.
enum Overlay {
    static func mask(_ file: UploadedFile, for image: Size) throws(APIErrorResponse) -> Mask {
        let bitmap = try overlay(file, for: image)
        do throws(GessoError) { return try Mask(alphaOf: bitmap) } catch { throw invalid(file.param, error.message) }
    }

    /// A mask that is white where to edit; its alpha does not count.
    static func colorMask(_ file: UploadedFile, for image: Size) throws(APIErrorResponse) -> Mask {
        let bitmap = try InputImage(file).bitmap
        guard bitmap.size == image else {
            throw invalid(
                file.param,
                "\(file.param) size (\(bitmap.size)) does not match the size of the first image (\(image))")
        }
        do throws(GessoError) {
            guard bitmap.format.hasAlpha else { return try Mask(luminanceOf: bitmap) }
            let nothing = try Mask(coverage: Bitmap(size: bitmap.size, format: .gray8))
            return try Mask(luminanceOf: bitmap.converted(to: .rgba8).applyingAlpha(nothing))
        } catch {
            throw invalid(file.param, error.message)
        }
    }

    static func markup(_ file: UploadedFile, for image: Size) throws(APIErrorResponse) -> Bitmap {
        let bitmap = try overlay(file, for: image)
        let isOpaque: Bool
        do throws(GessoError) { isOpaque = try Mask(alphaOf: bitmap).boundingBox == nil } catch {
            throw invalid(file.param, error.message)
        }
        guard !isOpaque else { throw invalid(file.param, "the markup image has no transparent pixels") }
        return bitmap
    }

    private static func overlay(_ file: UploadedFile, for image: Size) throws(APIErrorResponse) -> Bitmap {
        guard ImageFormat(sniffing: file.data) == .png else {
            _ = try InputImage(file, byteLimit: InputImage.maskByteLimit)
            throw invalid(file.param, "the \(file.param) image must be a PNG")
        }
        let bitmap = try InputImage(file, byteLimit: InputImage.maskByteLimit).bitmap
        guard bitmap.format.hasAlpha else { throw invalid(file.param, "\(file.param) image missing alpha channel") }
        guard bitmap.size == image else {
            throw invalid(
                file.param,
                "\(file.param) size (\(bitmap.size)) does not match the size of the first image (\(image))")
        }
        return bitmap
    }

    private static func invalid(_ param: String, _ reason: String) -> APIErrorResponse {
        .invalidImage("Invalid \(param) image format - \(reason)", param: param, code: "invalid_mask_image_format")
    }
}
