/// The names in an X.509 certificate (RFC 5280, 4.1), read from DER; nothing is verified.
struct Certificate {
    let issuer: ImageHeader.Provenance.Name
    let subject: ImageHeader.Provenance.Name

    init?(_ der: Bytes, _ budget: inout ItemBudget) {
        guard let certificate = DER(der, at: 0), certificate.tag == 0x30,
            let body = DER(certificate.content, at: 0), body.tag == 0x30
        else { return nil }
        var fields = body.children(maximum: 8, &budget)[...]
        if fields.first?.tag == 0xA0 { fields = fields.dropFirst() }
        // Serial number, signature algorithm, issuer, validity, subject.
        let parts = Array(fields)
        guard parts.count >= 5, parts[2].tag == 0x30, parts[4].tag == 0x30 else { return nil }
        issuer = Self.name(parts[2], &budget)
        subject = Self.name(parts[4], &budget)
    }

    /// Reads a name: a sequence of sets of (type, value) pairs. Of each type only the first counts.
    private static func name(_ sequence: DER, _ budget: inout ItemBudget) -> ImageHeader.Provenance.Name {
        var name = ImageHeader.Provenance.Name()
        for set in sequence.children(maximum: 32, &budget) where set.tag == 0x31 {
            for pair in set.children(maximum: 8, &budget) {
                let parts = pair.children(maximum: 2, &budget)
                guard parts.count == 2, parts[0].tag == 0x06 else { continue }
                // 2.5.4.3 is the common name, 2.5.4.10 the organization.
                switch [UInt8](parts[0].content.buffer.prefix(8)) {
                case [0x55, 0x04, 0x03]: name.commonName = name.commonName ?? parts[1].printableText
                case [0x55, 0x04, 0x0A]: name.organization = name.organization ?? parts[1].printableText
                default: break
                }
            }
        }
        return name
    }
}

/// An element of DER (ITU-T X.690, 8.1 and 10.1).
struct DER {
    let tag: UInt8
    let content: Bytes
    private let end: Int

    /// Certificates need only one-byte tags and lengths below 2³².
    init?(_ bytes: Bytes, at position: Int) {
        guard let tag = bytes.uint8(position), tag & 0x1F != 0x1F, let first = bytes.uint8(position + 1) else {
            return nil
        }
        var start = position + 2
        var length = Int(first)
        if first >= 0x80 {
            guard (0x81...0x84).contains(first), let number = bytes.slice(start, Int(first & 0x7F)) else { return nil }
            length = number.buffer.reduce(0) { $0 << 8 | Int($1) }
            start += number.count
        }
        guard let content = bytes.slice(start, length) else { return nil }
        self.tag = tag
        self.content = content
        end = start + length
    }

    func children(maximum: Int, _ budget: inout ItemBudget) -> [DER] {
        var children: [DER] = []
        var position = 0
        while children.count < maximum, let child = DER(content, at: position), budget.take() {
            children.append(child)
            position = child.end
        }
        return children
    }

    /// The text of a string element, made printable; nil for other elements.
    var printableText: String? {
        let bytes = content.buffer.prefix(1024)
        switch tag {
        case 0x0C, 0x13, 0x16: return PrintableText.of(String(decoding: bytes, as: UTF8.self))
        case 0x14: return PrintableText.of(String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) })))
        case 0x1E:
            let units = stride(from: 0, to: content.count & ~1, by: 2).prefix(512).compactMap { content.uint16($0) }
            return PrintableText.of(String(decoding: units.map { UInt16(truncatingIfNeeded: $0) }, as: UTF16.self))
        default: return nil
        }
    }
}
