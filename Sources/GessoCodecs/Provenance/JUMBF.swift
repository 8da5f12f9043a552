/// A JUMBF superbox: its type and content (ISO/IEC 19566-5, annexes A and B).
struct JUMBF {
    /// The first four bytes of the content type, such as `c2ma` for a manifest.
    let type: UInt32
    /// The boxes after the description box.
    private let content: Bytes

    /// The superbox at the start of `bytes`; nil if there is none.
    init?(_ bytes: Bytes) {
        guard let box = Box(bytes, at: 0), box.type == FourCC.jumb, let description = Box(box.payload, at: 0),
            description.type == FourCC.jumd, let type = description.payload.code(0), description.payload.has(16, 1)
        else { return nil }
        self.type = type
        content = box.payload.suffix(from: description.end)
    }

    /// The superboxes inside, in order; only the first 256 boxes are read.
    func children(_ budget: inout ItemBudget) -> [JUMBF] {
        var children: [JUMBF] = []
        var position = 0
        for _ in 0..<256 {
            guard let box = Box(content, at: position), budget.take() else { break }
            if box.type == FourCC.jumb, let child = JUMBF(box.whole) { children.append(child) }
            position = box.end
        }
        return children
    }

    /// The payload of the first box of that type; only the first 256 boxes are read.
    func payload(_ type: UInt32, _ budget: inout ItemBudget) -> Bytes? {
        var position = 0
        for _ in 0..<256 {
            guard let box = Box(content, at: position), budget.take() else { return nil }
            if box.type == type { return box.payload }
            position = box.end
        }
        return nil
    }

    private struct Box {
        let type: UInt32
        let whole: Bytes
        let payload: Bytes
        let end: Int

        /// Reads length, type, and a 64-bit length if the length is 1; length 0 means up to the end.
        init?(_ bytes: Bytes, at position: Int) {
            guard let stated = bytes.uint32(position), let type = bytes.code(position + 4) else { return nil }
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
