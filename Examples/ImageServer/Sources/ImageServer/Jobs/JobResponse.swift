import Foundation
import Gesso
import GessoJobs
import Hummingbird

/// A job as the page sees it.
struct JobResponse: ResponseCodable {
    struct Failure: Codable {
        let code: String
        let message: String
        let mayHaveBeenBilled: Bool
    }

    /// One finished image.
    struct Result: Codable {
        /// The image without loss, for looking at and for further edits.
        let photo: PhotoResponse
        let thumbnail: String
        let downloads: [Download]
        /// The files that were asked for as renditions, by name.
        let renditions: [String: String]
        let audit: Audit?
        let heatmap: String?
        /// US dollars.
        let cost: Double?
        let warnings: [String]
    }

    struct Download: Codable {
        let name: String
        let format: String
        let note: String
        /// Missing where the file is made when it is asked for.
        let byteCount: Int?
        let url: String
    }

    struct Audit: Codable {
        /// Pixels outside the mask and its soft edge.
        let keptPixels: Int
        /// Those of them that differ.
        let changedPixels: Int
        /// Their largest difference, in levels of 0…255.
        let maxDrift: Double
    }

    let id: String
    let kind: String
    let state: String
    let prompt: String
    let created: Date
    let photo: PhotoResponse?
    let failure: Failure?
    let result: Result?
}

/// A page of a list, newest first.
struct JobsResponse: ResponseCodable {
    let jobs: [JobResponse]
    /// The id to ask for older ones with; missing at the end.
    let next: String?
}

extension JobResponse.Download {
    /// What a browser can be given of a finished image: its own file first, and then each format, made when asked for.
    static func all(
        original: StoredImage, lossless: StoredImage, named stem: String, note: String, _ signer: URLSigner
    ) -> [Self] {
        let ownFormat = ImageFormat(rawValue: original.format)
        var downloads = [
            Self(
                name: "\(stem).\(ownFormat.fileExtension)", format: title(ownFormat), note: note,
                byteCount: original.byteCount, url: signer.address(of: original.id, RenditionName(.original)))
        ]
        let formats: [(ImageFormat, String)] = [
            (.png, "without loss"), (.webp, "small"), (.avif, "smallest"), (.jpeg, "for everything"),
        ]
        for (format, note) in formats where format != ownFormat {
            // A file that is there is given as it is, the others are made when they are asked for.
            let isThere = lossless.format == format.rawValue
            downloads.append(
                Self(
                    name: "\(stem).\(format.fileExtension)", format: title(format), note: note,
                    byteCount: isThere ? lossless.byteCount : nil,
                    url: signer.address(
                        of: lossless.id, isThere ? RenditionName(.original) : RenditionName(.full, format))))
        }
        return downloads
    }

    private static func title(_ format: ImageFormat) -> String {
        switch format {
        case .webp: "WebP"
        default: format.rawValue.uppercased()
        }
    }
}
