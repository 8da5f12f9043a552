/// A property of an XMP packet: the namespace and its usual prefix, and the name in it (ISO 16684-1, 6.2).
struct XMPProperty {
    let namespace: String
    let prefix: String
    let name: String

    private static func all(_ namespace: String, _ prefix: String, _ names: [String]) -> [XMPProperty] {
        names.map { XMPProperty(namespace: namespace, prefix: prefix, name: $0) }
    }

    private static let tiff = "http://ns.adobe.com/tiff/1.0/"
    private static let google = "http://ns.google.com/photos/1.0/"

    static let orientation = all(tiff, "tiff", ["Orientation"])
    static let gainMapVersion = all("http://ns.adobe.com/hdr-gain-map/1.0/", "hdrgm", ["Version"])
    /// The kinds of the images and videos that a file holds one after the other.
    static let itemSemantic = all(google + "container/item/", "Item", ["Semantic"])
    static let motionPhoto = all(google + "camera/", "GCamera", ["MotionPhoto", "MicroVideo"])

    /// Properties that the new file itself defines, that refer to removed parts, that hold an image, or that link to
    /// removed content credentials.
    static let stale =
        orientation + gainMapVersion + motionPhoto
        + all(tiff, "tiff", ["ImageWidth", "ImageLength"])
        + all("http://ns.adobe.com/exif/1.0/", "exif", ["PixelXDimension", "PixelYDimension", "ColorSpace"])
        + all("http://ns.adobe.com/xap/1.0/", "xmp", ["Thumbnails", "PageInfo"])
        + all("http://ns.adobe.com/xap/1.0/g/img/", "xmpGImg", ["image"])
        + all("http://ns.adobe.com/xmp/note/", "xmpNote", ["HasExtendedXMP"])
        + all("http://purl.org/dc/terms/", "dcterms", ["provenance"])
        + all(google + "container/", "Container", ["Directory"])
        + all(google + "camera/", "GCamera", ["MicroVideoOffset"])
        + all(google + "image/", "GImage", ["Data"])
        + all(google + "depthmap/", "GDepth", ["Data"])
}

/// The names under which a packet may have some properties, with every prefix that it declares for their namespaces.
struct XMPNames {
    /// The names, by their first byte: a fast check for most positions.
    private(set) var byFirstByte = [[[UInt8]]](repeating: [], count: 256)

    /// The limit on declarations of prefixes; packets have about ten.
    static let mostDeclarations = 512

    init(_ properties: [XMPProperty], in packet: XMPPacket) {
        let declared = Self.prefixes(packet, of: Set(properties.map(\.namespace)))
        for property in properties {
            let prefixes = declared[property.namespace, default: []].union([property.prefix])
            for prefix in prefixes {
                let name = Array("\(prefix):\(property.name)".utf8)
                byFirstByte[Int(name[0])].append(name)
            }
        }
    }

    /// The prefix and the namespace of a declaration; `position` is the offset after `xmlns:`.
    static func declaration(in packet: XMPPacket, at position: Int) -> (prefix: String, namespace: String)? {
        let name = packet.text[position...].prefix(64).prefix { $0 != UInt8(ascii: "=") && $0 > 0x20 }
        let rest = packet.text[name.endIndex...].prefix(16)
        guard let quote = rest.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }),
            !name.isEmpty
        else { return nil }
        let value = packet.text[(quote + 1)...].prefix(128).prefix { $0 != packet.text[quote] }
        return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
    }

    /// The prefixes that a packet declares for each of the namespaces.
    private static func prefixes(_ packet: XMPPacket, of namespaces: Set<String>) -> [String: Set<String>] {
        var prefixes: [String: Set<String>] = [:]
        var position = 0
        var count = 0
        while count < mostDeclarations, let start = packet.find("xmlns:", from: position) {
            count += 1
            position = start + 6
            guard let (prefix, namespace) = declaration(in: packet, at: position) else { continue }
            guard namespaces.contains(namespace), prefixes[namespace, default: []].count < 4 else {
                continue
            }
            prefixes[namespace, default: []].insert(prefix)
        }
        return prefixes
    }
}
