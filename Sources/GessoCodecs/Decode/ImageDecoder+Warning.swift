extension ImageDecoder {
    /// Something about a file that decoding passes over, changes or leaves out.
    public enum Warning: Sendable, Hashable, Codable {
        /// The file violates its format; the text is mostly the codec's. No pixel is affected unless decoding is lenient.
        case codec(String)
        /// The file ends early, at this byte.
        case truncated(at: Int)
        /// Pixels are right before this row only; decoding is lenient.
        case invalidRows(from: Int)
        /// The color profile cannot be used or does not fit the pixels, for this reason.
        case profileLeftOut(String)
        /// Samples of so many bits were rounded to 8.
        case depthReduced(from: Int)
        /// So many frames after the first.
        case framesLeftOut(Int)
        /// A gain map for displays of high dynamic range (Ultra HDR).
        case gainMapLeftOut
        /// The video of a motion photo.
        case videoLeftOut
        /// A preview image inside the EXIF block's maker note was kept with the metadata.
        case previewKept
        /// So many further images of a multi-picture file (MPO).
        case imagesLeftOut(Int)
    }
}

extension ImageDecoder.Warning: CustomStringConvertible {
    /// The warning as a sentence for people.
    public var description: String {
        switch self {
        case .codec(let text): text
        case .truncated(let offset): "the file is truncated at byte \(offset)"
        case .invalidRows(let row): "rows from \(row) on could not be decoded or may be wrong"
        case .profileLeftOut(let reason): "the color profile was left out: \(reason)"
        case .depthReduced(let bits): "\(bits) bits a channel were reduced to 8"
        case .framesLeftOut(let count):
            "only the first frame was taken: \(count) more left out (of a GIF, WebP or PNG, Image.animated() and convert "
                + "--animated keep all)"
        case .gainMapLeftOut: "the gain map (high dynamic range) was left out"
        case .videoLeftOut: "the video of the motion photo was left out"
        case .previewKept: "the maker note in the kept EXIF block holds a preview image"
        case .imagesLeftOut(let count):
            count == 1 ? "a second image of the file was left out" : "\(count) further images of the file were left out"
        }
    }
}

extension Array where Element: Equatable {
    /// Each element once, in the same order; for few elements, such as warnings.
    package var withoutRepetitions: Self { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}

extension EncodedImage {
    /// Adds what was passed over, changed or left out before the file was encoded.
    package mutating func prepend(_ earlier: [ImageDecoder.Warning]) {
        warnings = (earlier + warnings).withoutRepetitions
    }
}
