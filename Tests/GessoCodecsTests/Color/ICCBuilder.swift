import Foundation

/// Writes ICC profiles of version 4 (ICC.1:2022) that no program would write.
enum ICCBuilder {
    private static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }

    private static func float(_ value: Float) -> [UInt8] { number(Int(value.bitPattern), 4) }

    /// A display profile for RGB with these tags.
    static func profile(_ tags: [(name: String, body: [UInt8])]) -> Data {
        var (table, bodies) = ([UInt8](), [UInt8]())
        let start = 132 + 12 * tags.count
        for tag in tags {
            table += Array(tag.name.utf8) + number(start + bodies.count, 4) + number(tag.body.count, 4)
            bodies += tag.body + [UInt8](repeating: 0, count: (4 - tag.body.count % 4) % 4)
        }
        var header = number(start + bodies.count, 4) + Array("lcms".utf8) + [4, 0x30, 0, 0]
        header += Array("mntrRGB XYZ ".utf8) + [UInt8](repeating: 0, count: 12) + Array("acsp".utf8)
        header += [UInt8](repeating: 0, count: 24) + number(1, 4) + number(0xF6D6, 4) + number(0x10000, 4)
        header += number(0xD32D, 4) + [UInt8](repeating: 0, count: 48)
        return Data(header + number(tags.count, 4) + table + bodies)
    }

    /// A multiProcessElementsType that refers to `element` `count` times.
    static func elements(_ count: Int, _ element: [UInt8]) -> [UInt8] {
        let place = number(16 + 8 * count, 4) + number(element.count, 4)
        let head = Array("mpet".utf8) + number(0, 4) + number(3, 2) + number(3, 2) + number(count, 4)
        return head + (0..<count).flatMap { _ in place } + element
    }

    /// A matrix element that copies the first channels.
    static func matrix(_ inputs: Int = 3, _ outputs: Int = 3) -> [UInt8] {
        let cells = (0..<outputs).flatMap { row in (0..<inputs).flatMap { float(row == $0 ? 1 : 0) } }
        let offsets = (0..<outputs).flatMap { _ in float(0) }
        return Array("matf".utf8) + number(0, 4) + number(inputs, 2) + number(outputs, 2) + cells + offsets
    }

    /// A set of three identity curves with that many segments each.
    static func curves(segments: Int) -> [UInt8] {
        let breaks = (0..<max(0, segments - 1)).flatMap { float(Float($0) / Float(segments)) }
        let formula = Array("parf".utf8) + number(0, 4) + number(0, 2) + number(0, 2) + [1, 1, 0, 0].flatMap(float)
        let body = breaks + (0..<segments).flatMap { _ in formula }
        let curve = Array("curf".utf8) + number(0, 4) + number(segments, 2) + number(0, 2) + body
        let place = number(36, 4) + number(curve.count, 4)
        return Array("cvst".utf8) + number(0, 4) + number(3, 2) + number(3, 2) + place + place + place + curve
    }
}
