import Foundation
import Testing

/// Writes HEIF files with tables of any content around the coded image of a fixture.
struct HEIFBuilder {
    struct Item {
        var id: Int
        var type = "hvc1"
        var data: [UInt8] = []
        var properties: [Int] = []
        var extents: [(offset: Int, length: Int)]?
        var isInBox = false
    }

    var properties: [[UInt8]] = []
    var items: [Item] = []
    var references: [(type: String, from: Int, to: [Int])] = []
    var primary = 1
    var content: [UInt8] = []
    /// Boxes of the item table after those that are written here.
    var more: [UInt8] = []

    /// A file with the coded image of 72 × 64 pixels of `irot0.heic` as item 1: its size is property 1, its decoder
    /// configuration property 2.
    init() throws {
        let file = [UInt8](try HEIFFixture.data("irot0.heic"))
        let hvcC = try HEIFFixture.position(of: "hvcC", in: file)
        let length = file[hvcC - 8..<hvcC - 4].reduce(0) { $0 << 8 | Int($1) } - 8
        let data = try HEIFFixture.position(of: "mdat", in: file)
        properties = [Self.size(72, 64), Self.box("hvcC", Array(file[hvcC..<hvcC + length]))]
        items = [Item(id: 1, data: Array(file[data...]), properties: [1, 2])]
    }

    static func number(_ value: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * (width - 1 - $0))) }
    }

    static func box(_ type: String, _ body: [UInt8]) -> [UInt8] { number(body.count + 8, 4) + Array(type.utf8) + body }

    static func full(_ type: String, version: Int = 0, _ body: [UInt8]) -> [UInt8] {
        box(type, number(version << 24, 4) + body)
    }

    static func size(_ width: Int, _ height: Int) -> [UInt8] { full("ispe", number(width, 4) + number(height, 4)) }

    static func grid(columns: Int, rows: Int, _ width: Int, _ height: Int) -> [UInt8] {
        [0, 1, UInt8(rows - 1), UInt8(columns - 1)] + number(width, 4) + number(height, 4)
    }

    var data: Data {
        let head = Self.box("ftyp", Array("heic\0\0\0\0mif1heic".utf8))
        let start = head.count + meta(0).count + 8
        return Data(head + meta(start) + Self.box("mdat", items.flatMap(\.data)))
    }

    private func meta(_ start: Int) -> [UInt8] {
        let number = Self.number
        var offset = start
        var locations = number(0x4400, 2) + number(items.count, 2)
        for item in items {
            let extents = item.extents ?? [(offset, item.data.count)]
            locations += number(item.id, 2) + number(item.isInBox ? 1 : 0, 2) + number(0, 2) + number(extents.count, 2)
            for extent in extents { locations += number(extent.offset, 4) + number(extent.length, 4) }
            offset += item.data.count
        }
        let entries = items.flatMap { item in
            Self.full("infe", version: 2, number(item.id, 2) + [0, 0] + Array(item.type.utf8) + [0])
        }
        let links = references.flatMap { reference in
            Self.box(
                reference.type,
                number(reference.from, 2) + number(reference.to.count, 2) + reference.to.flatMap { number($0, 2) })
        }
        let associations = items.flatMap { item in
            number(item.id, 2) + [UInt8(item.properties.count)] + item.properties.map { UInt8($0) }
        }
        return Self.full(
            "meta",
            Self.full("hdlr", [0, 0, 0, 0] + Array("pict".utf8) + [UInt8](repeating: 0, count: 13))
                + Self.full("pitm", number(primary, 2)) + Self.full("iloc", version: 1, locations)
                + Self.full("iinf", number(items.count, 2) + entries) + Self.full("iref", links)
                + Self.box(
                    "iprp",
                    Self.box("ipco", properties.flatMap(\.self))
                        + Self.full("ipma", number(items.count, 4) + associations)) + Self.box("idat", content) + more)
    }
}
