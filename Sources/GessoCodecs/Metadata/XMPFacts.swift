/// What an XMP packet states about the image and its file, found in one pass over the colons that every name has.
///
/// A header is parsed often, and most packets state nothing of this: they need not be checked as a whole.
struct XMPFacts {
    /// Whether a property states a location: its name begins with `GPS`, whatever its namespace.
    private(set) var hasGPS = false
    private var values: [String: [String]] = [:]

    private static let properties =
        XMPProperty.orientation + XMPProperty.gainMapVersion + XMPProperty.itemSemantic + XMPProperty.motionPhoto
    /// Their names in UTF-8.
    private static let names = properties.map { Array($0.name.utf8) }
    /// The indices of the names that begin with a byte.
    private static let starts = names.indices.reduce(into: [[Int]](repeating: [], count: 256)) {
        $0[Int(names[$1][0])].append($1)
    }
    private static let xmlns = Array("xmlns".utf8)
    private static let locations = [Array("GPS".utf8), Array("Gps".utf8)]
    private static let versionID = Array("VersionID".utf8)
    /// The limits on values of one property, and on the bytes of a value and of the tag around it.
    private static let (mostValues, longestValue, longestTag) = (32, 256, 16 << 10)

    var isEmpty: Bool { !hasGPS && values.isEmpty }

    /// The values of a property, as attributes and as elements with text; at most 32.
    func values(of properties: [XMPProperty]) -> [String] { properties.flatMap { values[$0.name, default: []] } }

    init(_ packet: XMPPacket) {
        // Locals, since the loop meets a colon at every fourth byte of files that are made for it.
        let (text, names, starts, xmlns) = (packet.text, Self.names, Self.starts, Self.xmlns)
        var declared: [String: Set<String>] = [:]
        var declarations = 0
        var found: [(prefix: String, property: XMPProperty, value: String)] = []
        var counts = [Int](repeating: 0, count: names.count)
        var colon = 1
        while colon + 1 < text.count {
            defer { colon += 1 }
            guard text[colon] == UInt8(ascii: ":") else { continue }
            let next = text[colon + 1]
            if next == UInt8(ascii: "G"), Self.statesLocation(packet, colon) { hasGPS = true }
            if declarations < XMPNames.mostDeclarations, text[colon - 1] == UInt8(ascii: "s"),
                packet.matches(xmlns, at: colon - 5)
            {
                declarations += 1
                if let (prefix, namespace) = XMPNames.declaration(in: packet, at: colon + 1) {
                    declared[prefix, default: []].insert(namespace)
                }
            }
            for index in starts[Int(next)]
            where counts[index] < Self.mostValues && packet.matches(names[index], at: colon + 1) {
                guard let (prefix, value) = Self.read(packet, colon, names[index].count) else { continue }
                counts[index] += 1
                found.append((prefix, Self.properties[index], value))
            }
        }
        // A prefix may be declared behind its first use, in the same element.
        for (prefix, property, value) in found
        where prefix == property.prefix || declared[prefix, default: []].contains(property.namespace) {
            values[property.name, default: []].append(value)
        }
    }

    private static func statesLocation(_ packet: XMPPacket, _ colon: Int) -> Bool {
        let isWord = locations.contains { packet.matches($0, at: colon + 1) }
        let isName = packet.text[colon - 1] != 0x20 && packet.text[colon - 1] != UInt8(ascii: "/")
        return isWord && isName && !packet.matches(versionID, at: colon + 4)
    }

    /// The prefix and the value of the property whose local name follows `colon`; nil if it is none, or its value is long.
    private static func read(_ packet: XMPPacket, _ colon: Int, _ length: Int) -> (prefix: String, value: String)? {
        let text = packet.text
        var start = colon
        while start > 0, colon - start < 64, !packet.isSpace(start - 1),
            text[start - 1] != UInt8(ascii: "<"), text[start - 1] != UInt8(ascii: ":")
        {
            start -= 1
        }
        guard start > 0, start < colon else { return nil }
        let end = colon + 1 + length
        let value: Range<Int>
        if text[start - 1] == UInt8(ascii: "<") {
            let endings = [UInt8(ascii: ">"), UInt8(ascii: "/")]
            guard packet.isSpace(end) || endings.contains(where: { packet.has($0, at: end) }),
                let tag = packet.endOfTag(end, within: longestTag)
            else { return nil }
            let rest = text[tag...].prefix(longestValue + 1)
            let isEmpty = packet.has(UInt8(ascii: "/"), at: tag - 2)
            value = tag..<(isEmpty ? tag : rest.firstIndex(of: UInt8(ascii: "<")) ?? rest.endIndex)
        } else {
            guard packet.isSpace(start - 1),
                let attribute = packet.attribute(end, within: longestValue + 2)
            else { return nil }
            value = attribute.value
        }
        guard value.count <= longestValue else { return nil }
        let words = String(decoding: text[value], as: UTF8.self).split { $0.isWhitespace }
        return (String(decoding: text[start..<colon], as: UTF8.self), words.joined(separator: " "))
    }
}
