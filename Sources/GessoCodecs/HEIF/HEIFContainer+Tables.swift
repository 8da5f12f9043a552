import GessoPixels

extension HEIFContainer {
    /// The limit on items, references, extents and associations: those of tiles are pieces of pixel data, so there may
    /// be more than chunks.
    private func mostEntries(_ limits: ImageDecoder.Limits) -> Int {
        let (product, overflow) = limits.chunkCount.multipliedReportingOverflow(by: 8)
        return overflow ? .max : product
    }

    private func check(_ count: Int, _ limits: ImageDecoder.Limits) throws(GessoError) {
        guard count <= mostEntries(limits) else {
            throw GessoError(
                .limitExceeded, stage: "probe",
                "The \(format) has more than \(mostEntries(limits)) items or references; save it again, or raise "
                    + "limits.chunkCount (--limit chunks=N).",
                facts: ["allowed": "\(mostEntries(limits))", "what": "items", "format": format.rawValue])
        }
    }

    /// ItemInfoBox: an entry of version 2 or 3 for each item (14496-12, 8.11.6).
    mutating func readItems(_ box: Boxes.Box, _ limits: ImageDecoder.Limits) throws(GessoError) {
        var entries = Boxes(box.body, from: box.version == 0 ? 6 : 8)
        var count = 0
        while let entry = entries.next() {
            count += 1
            try check(count, limits)
            guard entry.type == FourCC.infe, entry.version >= 2 else { continue }
            let idWidth = entry.version == 2 ? 2 : 4
            guard let id = entry.body.number(4, bytes: idWidth), let type = entry.body.code(4 + idWidth + 2) else {
                throw damaged("a short item entry", at: entry.body)
            }
            items[id, default: Item()].type = type
            items[id]?.isHidden = entry.flags & 1 == 1
            if type == FourCC.mime, let start = entry.body.endOfText(at: 4 + idWidth + 6),
                let end = entry.body.endOfText(at: start), let text = entry.body.slice(start, min(end - 1 - start, 128))
            {
                items[id]?.contentType = String(decoding: text.buffer, as: UTF8.self)
            }
        }
    }

    /// ItemLocationBox, versions 0 to 2 (14496-12, 8.11.3).
    mutating func readLocations(_ box: Boxes.Box, _ limits: ImageDecoder.Limits) throws(GessoError) {
        let (body, version) = (box.body, box.version)
        guard version <= 2, let sizes = body.uint16(4) else { throw damaged("an unknown table of locations", at: body) }
        let widths = [sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, version == 0 ? 0 : sizes & 15]
        guard widths.allSatisfy({ [0, 4, 8].contains($0) }) else { throw damaged("impossible field sizes", at: body) }
        let idWidth = version < 2 ? 2 : 4
        guard let count = body.number(6, bytes: idWidth) else { throw damaged("a short table of locations", at: body) }
        try check(count, limits)
        var position = 6 + idWidth
        var extents = 0
        func number(_ width: Int) throws(GessoError) -> Int {
            guard let value = body.number(position, bytes: width) else {
                throw damaged("a short table of locations", at: body)
            }
            position += width
            return value
        }
        for _ in 0..<count {
            let id = try number(idWidth)
            var item = items[id] ?? Item()
            let method = version == 0 ? 0 : try number(2) & 15
            item.isInBox = method == 1
            item.isElsewhere = try number(2) != 0 || method > 1
            let base = try number(widths[2])
            let extentCount = try number(2)
            extents += extentCount
            try check(extents, limits)
            item.extents = []
            for _ in 0..<extentCount {
                _ = try number(widths[3])
                let (offset, length) = (try number(widths[0]), try number(widths[1]))
                item.extents.append(Extent(offset: base.saturatingAdding(offset), length: length))
            }
            items[id] = item
        }
    }

    /// ItemReferenceBox: for each reference its type, an item, and the items it refers to (14496-12, 8.11.12).
    mutating func readReferences(_ box: Boxes.Box, _ limits: ImageDecoder.Limits) throws(GessoError) {
        let width = box.version == 0 ? 2 : 4
        var boxes = Boxes(box.body, from: 4)
        var total = 0
        while let box = boxes.next() {
            guard let from = box.body.number(0, bytes: width), let count = box.body.uint16(width),
                box.body.has(width + 2, count * width)
            else { throw damaged("a short reference", at: box.body) }
            total += 1 + count
            try check(total, limits)
            let to = (0..<count).compactMap { box.body.number(width + 2 + $0 * width, bytes: width) }
            references.append(Reference(type: box.type, from: from, to: to))
        }
    }

    /// ItemPropertiesBox: all properties, then which item has which (23008-12, 9.3).
    mutating func readProperties(_ box: Boxes.Box, _ limits: ImageDecoder.Limits) throws(GessoError) {
        var all: [Boxes.Box] = []
        var associations: [Boxes.Box] = []
        var boxes = Boxes(box.body)
        while let box = boxes.next() {
            guard !box.isCut else { throw damaged("a property that is cut", at: box.body) }
            if box.type == FourCC.ipco {
                var properties = Boxes(box.body)
                while let property = properties.next() {
                    guard !property.isCut else { throw damaged("a property that is cut", at: property.body) }
                    all.append(property)
                    guard all.count <= limits.chunkCount else { throw .tooManyChunks(format, limits.chunkCount) }
                }
            } else if box.type == FourCC.ipma {
                associations.append(box)
                guard associations.count <= 16 else { throw .tooManyChunks(format, 16) }
            }
        }
        var total = 0
        for box in associations {
            let (body, idWidth) = (box.body, box.version == 0 ? 2 : 4)
            let isWide = box.flags & 1 == 1
            guard let count = body.uint32(4) else { throw damaged("a short table of properties", at: body) }
            try check(count, limits)
            var position = 8
            for _ in 0..<count {
                guard let id = body.number(position, bytes: idWidth), let associated = body.uint8(position + idWidth)
                else { throw damaged("a short table of properties", at: body) }
                position += idWidth + 1
                total += Int(associated)
                try check(total, limits)
                for _ in 0..<associated {
                    guard let value = isWide ? body.uint16(position) : body.uint8(position).map(Int.init) else {
                        throw damaged("a short table of properties", at: body)
                    }
                    position += isWide ? 2 : 1
                    let (bit, index) = isWide ? (0x8000, value & 0x7FFF) : (0x80, value & 0x7F)
                    guard index > 0 else { continue }
                    guard index <= all.count else { throw damaged("a property that does not exist", at: body) }
                    items[id, default: Item()].properties.append(
                        Property(box: all[index - 1], isEssential: value & bit != 0))
                }
            }
        }
    }
}
