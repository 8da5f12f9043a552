import GessoPixels

/// The items of a HEIF or AVIF file, their properties and references (ISO/IEC 14496-12, 8.11; 23008-12, 6 to 9).
///
/// Only tables are read here, in one pass each. No table may have more entries than the limits allow.
struct HEIFContainer {
    /// An item: a coded image, a derived image or metadata.
    struct Item {
        static let codedTypes: Set<UInt32> = [FourCC.hvc1, FourCC.hev1, FourCC.av01]

        var type: UInt32 = 0
        var isHidden = false
        /// The media type of an item of type `mime`.
        var contentType = ""
        /// Where the content is: offsets in the file, or in the `idat` box.
        var extents: [Extent] = []
        var isInBox = false
        /// Whether the content is somewhere that is not supported: in another file or in other items.
        var isElsewhere = false
        var properties: [Property] = []
    }

    struct Extent {
        let offset: Int
        /// 0 for all bytes from the offset on.
        let length: Int
    }

    struct Property {
        let box: Boxes.Box
        /// Whether an image must not be decoded by a reader that does not know the property.
        let isEssential: Bool
    }

    /// `from` refers to `to`, for example from a grid to its tiles in order.
    struct Reference {
        let type: UInt32
        let from: Int
        let to: [Int]
    }

    let file: Bytes
    let format: ImageFormat
    private(set) var primary: Int?
    var items: [Int: Item] = [:]
    var references: [Reference] = []
    private var content: Bytes?

    /// Reads the `meta` box of `file`.
    init(_ meta: Boxes.Box, of file: Bytes, _ format: ImageFormat, _ limits: ImageDecoder.Limits) throws(GessoError) {
        self.file = file
        self.format = format
        guard meta.body.count >= 4 else { throw .truncatedHeader(format, at: file.count) }
        var boxes = Boxes(meta.body, from: 4)
        var count = 0
        var properties: Boxes.Box?
        while let box = boxes.next() {
            count += 1
            guard count <= limits.chunkCount else { throw .tooManyChunks(format, limits.chunkCount) }
            guard !box.isCut else {
                guard meta.isCut else { throw damaged("a box beyond the end of the one around it", at: box.body) }
                throw .truncatedHeader(format, at: file.count)
            }
            switch box.type {
            case FourCC.hdlr:
                guard box.body.code(8) == FourCC.pict else {
                    throw .unsupportedHEIF("no image but another medium", format)
                }
            case FourCC.pitm: primary = box.version == 0 ? box.body.uint16(4) : box.body.uint32(4)
            case FourCC.iinf: try readItems(box, limits)
            case FourCC.iloc: try readLocations(box, limits)
            case FourCC.iref: try readReferences(box, limits)
            case FourCC.iprp: properties = box
            case FourCC.idat: content = box.body
            default: break
            }
        }
        if let properties { try readProperties(properties, limits) }
        guard !meta.isCut else { throw .truncatedHeader(format, at: file.count) }
    }

    /// The referenced items of the first reference of that type from an item; in the order of the file.
    func references(_ type: UInt32, from item: Int) -> [Int] {
        references.first { $0.type == type && $0.from == item }?.to ?? []
    }

    /// The content of an item as views of the file, one for each extent; nil if the file ends before it.
    func content(of item: Item) throws(GessoError) -> [Bytes]? {
        guard !item.isElsewhere else {
            throw .unsupportedHEIF("an item whose content is in another place", format)
        }
        guard let source = item.isInBox ? content : file else {
            throw damaged("an item's content is in a box that is not there", at: file)
        }
        var parts: [Bytes] = []
        for extent in item.extents {
            let length = extent.length == 0 ? max(0, source.count - extent.offset) : extent.length
            guard let part = source.slice(extent.offset, length) else {
                guard !item.isInBox else { throw damaged("an item's content is outside its box", at: file) }
                return nil
            }
            parts.append(part)
        }
        guard !parts.isEmpty else { throw damaged("an item without content", at: file) }
        return parts
    }

    /// The first property of that type of an item.
    func property(_ type: UInt32, of item: Item) -> Bytes? {
        item.properties.first { $0.box.type == type }?.box.body
    }

    func damaged(_ what: String, at place: Bytes) -> GessoError {
        .corruptHeader(format, what, at: file.offset(of: place))
    }
}

extension GessoError {
    static func unsupportedHEIF(_ what: String, _ format: ImageFormat) -> GessoError {
        GessoError(
            .unsupportedFeature, stage: "probe",
            "The \(format) file has \(what), which is not supported; save it as a common \(format) image, or as JPEG.",
            facts: ["format": format.rawValue, "found": what])
    }
}
