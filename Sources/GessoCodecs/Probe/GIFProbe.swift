import GessoPixels

/// Reads the logical screen of a GIF (GIF89a, 18); its pixels are not decoded here.
enum GIFProbe {
    static func read(_ bytes: Bytes) throws(GessoError) -> FileFacts {
        guard let width = bytes.uint16(6, littleEndian: true), let height = bytes.uint16(8, littleEndian: true),
            bytes.has(0, 13)
        else { throw .truncatedHeader(.gif, at: bytes.count) }
        var facts = FileFacts(format: .gif)
        facts.size = Size(width: width, height: height)
        facts.colorModel = .palette
        facts.channels = 1
        facts.hasAlpha = true
        return facts
    }
}
