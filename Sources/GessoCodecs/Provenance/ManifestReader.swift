/// Reads who made and who signed the active manifest of a C2PA manifest store (C2PA 2.1, 8 to 11 and 13).
enum ManifestReader {
    /// What can be read; nil when `store` is no manifest store, or holds more than `limits` allow.
    static func read(_ store: Bytes, _ limits: DecodeLimits) -> ImageHeader.Provenance? {
        guard store.count <= limits.metadataByteCount, let box = JUMBF(store), box.type == FourCC.c2pa else {
            return nil
        }
        var budget = ItemBudget(limits.metadataItemCount)
        let provenance = read(box, &budget)
        return budget.isExceeded ? nil : provenance
    }

    private static func read(_ store: JUMBF, _ budget: inout ItemBudget) -> ImageHeader.Provenance {
        var provenance = ImageHeader.Provenance()
        // The active manifest is the last; compressed ones stay unread.
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

    /// Version 2 has one map of name and version, version 1 a list of them and a line in the manner of user agents.
    private static func generator(_ claim: CBOR) -> String? {
        var info = claim["claim_generator_info"]
        if case .array(let list) = info { info = list.first }
        guard let name = info?["name"]?.words else { return claim["claim_generator"]?.words }
        return info?["version"]?.words.map { "\(name) \($0)" } ?? name
    }

    /// The certificate of the signer: the first of the chain in a header of COSE_Sign1 (RFC 9052, 4.2; RFC 9360, 2).
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
    /// Takes over what a manifest store says; the first counts.
    mutating func take(manifest store: Bytes, _ limits: DecodeLimits) {
        metadata.insert(.c2pa)
        // One store is read, so that many of them cost no more.
        guard !hasReadManifest, JUMBF(store)?.type == FourCC.c2pa else { return }
        hasReadManifest = true
        provenance = ManifestReader.read(store, limits)
    }
}
