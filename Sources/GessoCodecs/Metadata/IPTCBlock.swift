import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The data sets of IPTC (IIM) among Photoshop's image resources, which also hold thumbnails (Adobe Photoshop File Formats,
/// Image Resource Blocks).
enum IPTCBlock {
    private static let resource = 0x0404
    private static let signature = "8BIM"

    /// The data sets among `resources`; nil if there are none.
    static func dataSets(_ resources: Bytes) -> Bytes? {
        var position = 0
        while resources.matches(signature, at: position), let kind = resources.uint16(position + 4),
            let nameLength = resources.uint8(position + 6)
        {
            // A name with its length, padded to an even number of bytes, then the data, padded too.
            let start = position + 6 + (Int(nameLength) + 2) & ~1
            guard let length = resources.uint32(start) else { return nil }
            if kind == resource { return length > 0 ? resources.slice(start + 4, length) : nil }
            position = start + 4 + (length + 1) & ~1
        }
        return nil
    }

    /// A resource with these data sets.
    static func resource(_ dataSets: Data) -> Data {
        let count = dataSets.count
        var block = Data(Array(signature.utf8) + [0x04, 0x04, 0, 0])
        block.append(contentsOf: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) })
        block.append(dataSets)
        if count % 2 == 1 { block.append(0) }
        return block
    }
}

extension ParsedHeader {
    /// Reads IPTC from Photoshop's image resources, or from data sets alone.
    mutating func take(photoshop resources: Bytes) {
        metadata.insert(.iptc)
        guard iptc == nil else { return }
        let isAlone = resources.uint8(0) == 0x1C
        iptc = isAlone ? resources.data() : IPTCBlock.dataSets(resources)?.data()
    }

    /// Notes a comment; at most 16 are carried into another file, and only those are read. One has at most the bytes that
    /// a segment of JPEG takes.
    mutating func take(comment read: @autoclosure () -> Data) {
        metadata.insert(.comment)
        guard comments.count < 16 else { return }
        let comment = read()
        if comment.count <= 65_533 { comments.append(comment) }
    }
}
