#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesResponse {
    /// A response of image files that are at hand, such as those that an earlier run kept: nothing is known but the images.
    public init(images files: [Data]) {
        images = files.map { ImagesResponse.GeneratedImage(data: $0) }
        status = 200
        headers = []
        raw = .object([:])
        attempts = 0
    }
}
