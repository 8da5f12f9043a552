/// A JUMBF superbox: its label and what it holds (ISO/IEC 19566-5, annex A and B).
struct JUMBF {
    /// The first four bytes of the content type: `c2ma` for a manifest, and so on.
    let type: String
    let label: String
    /// The boxes behind the description.
    private let content: Bytes

    /// The superbox at the start of `bytes`; nil when there is none.
    init?(_ bytes: Bytes) {
        guard let box = Box(bytes, at: 0), box.type == "jumb", let description = Box(box.payload, at: 0),
            description.type == "jumd", let type = description.payload.tag(0),
            let toggles = description.payload.uint8(16)
        else { return nil }
        self.type = type
        let name = description.payload.suffix(from: 17).buffer.prefix(256).prefix { $0 != 0 }
        label = toggles & 0x02 != 0 ? String(decoding: name, as: UTF8.self) : ""
        content = box.payload.suffix(from: description.end)
    }

    /// Superboxes inside, in order; at most 256 boxes are looked at.
    var children: [JUMBF] { boxes.compactMap { $0.type == "jumb" ? JUMBF($0.whole) : nil } }

    /// The payload of the first box of that type.
    func payload(_ type: String) -> Bytes? { boxes.first { $0.type == type }?.payload }

    private var boxes: [Box] {
        var boxes: [Box] = []
        var position = 0
        while boxes.count < 256, let box = Box(content, at: position) {
            boxes.append(box)
            position = box.end
        }
        return boxes
    }

    private struct Box {
        let type: String
        let whole: Bytes
        let payload: Bytes
        let end: Int

        /// Length with header, type, and the length in 64 bits when that is 1; 0 reaches to the end.
        init?(_ bytes: Bytes, at position: Int) {
            guard let stated = bytes.uint32(position), let type = bytes.tag(position + 4) else { return nil }
            let header = stated == 1 ? 16 : 8
            let length: Int
            switch stated {
            case 0: length = bytes.count - position
            case 1:
                guard bytes.uint32(position + 8) == 0, let low = bytes.uint32(position + 12) else { return nil }
                length = low
            default: length = stated
            }
            guard length >= header, let whole = bytes.slice(position, length) else { return nil }
            self.type = type
            self.whole = whole
            payload = whole.suffix(from: header)
            end = position + length
        }
    }
}
