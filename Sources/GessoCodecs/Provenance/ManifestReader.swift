/// Reads the program and the signer of the active manifest in a C2PA manifest store (C2PA 2.1, 8 to 11 and 13).
enum ManifestReader {
    /// The provenance that `store` states; nil if it is not a manifest store or exceeds the limits.
    static func read(_ store: Bytes, _ limits: ImageDecoder.Limits) -> ImageHeader.Provenance? {
        guard store.count <= limits.metadataByteCount, let box = JUMBF(store), box.type == FourCC.c2pa else {
            return nil
        }
        var budget = ItemBudget(limits.metadataItemCount)
        let provenance = read(box, &budget)
        return budget.isExceeded ? nil : provenance
    }

    private static func read(_ store: JUMBF, _ budget: inout ItemBudget) -> ImageHeader.Provenance {
        var provenance = ImageHeader.Provenance()
        // The last manifest is the active one. Compressed manifests are not read.
        let manifests = store.children(&budget)
        guard let manifest = manifests.last(where: { $0.type == FourCC.c2ma || $0.type == FourCC.c2um }) else {
            return provenance
        }
        for part in manifest.children(&budget) where part.type == FourCC.c2cl || part.type == FourCC.c2cs {
            guard let content = part.payload(FourCC.cbor, &budget), let item = CBOR(content, &budget) else { continue }
            if part.type == FourCC.c2cl {
                provenance.claimGenerator = generator(item)
            } else if let certificate = certificate(item, &budget) {
                provenance.signer = certificate.subject
                provenance.issuer = certificate.issuer
            }
        }
        return provenance
    }

    /// The program's name and version. Claims of version 2 have one map with both; those of version 1 have a list of
    /// such maps and a text like a User-Agent header.
    private static func generator(_ claim: CBOR) -> String? {
        var info = claim["claim_generator_info"]
        if case .array(let list) = info { info = list.first }
        guard let name = info?["name"]?.printableText else { return claim["claim_generator"]?.printableText }
        return info?["version"]?.printableText.map { "\(name) \($0)" } ?? name
    }

    /// The signer's certificate: the first of the chain in a header of COSE_Sign1 (RFC 9052, 4.2; RFC 9360, 2).
    private static func certificate(_ signature: CBOR, _ budget: inout ItemBudget) -> Certificate? {
        guard case .array(let parts) = signature, parts.count == 4 else { return nil }
        var headers = [parts[1]]
        if case .bytes(let encoded) = parts[0], let header = CBOR(encoded, &budget) { headers.insert(header, at: 0) }
        for header in headers {
            switch header[33] ?? header["x5chain"] {
            case .bytes(let der): return Certificate(der, &budget)
            case .array(let chain):
                guard case .bytes(let der) = chain.first else { continue }
                return Certificate(der, &budget)
            default: continue
            }
        }
        return nil
    }
}

extension ParsedHeader {
    /// Reads a manifest store; only the first in the file counts.
    mutating func take(manifest store: Bytes, _ limits: ImageDecoder.Limits) {
        metadata.insert(.c2pa)
        // Only one store is read, so that many of them do not take more time.
        guard !hasReadManifest, JUMBF(store)?.type == FourCC.c2pa else { return }
        hasReadManifest = true
        provenance = ManifestReader.read(store, limits)
    }
}

/// Limits the number of boxes, data items and certificate fields that are read of a manifest.
struct ItemBudget {
    private var left: Int
    /// Whether the limit was reached.
    private(set) var isExceeded = false

    init(_ count: Int) { left = count }

    /// Counts one more item; false if the limit is reached.
    mutating func take() -> Bool {
        guard left > 0 else {
            isExceeded = true
            return false
        }
        left -= 1
        return true
    }
}
