/// Reads who made and who signed the active manifest of a C2PA manifest store (C2PA 2.1, 8 to 11 and 13).
enum ManifestReader {
    /// What can be read; nil when `store` is no manifest store.
    static func read(_ store: Bytes) -> Provenance? {
        guard let box = JUMBF(store), box.type == "c2pa" else { return nil }
        var provenance = Provenance()
        // The active manifest is the last; compressed ones stay unread.
        guard let manifest = box.children.last(where: { $0.type == "c2ma" || $0.type == "c2um" }) else {
            return provenance
        }
        for part in manifest.children {
            guard let content = part.payload("cbor") else { continue }
            switch part.type {
            case "c2cl": provenance.claimGenerator = CBOR(content).flatMap(generator)
            case "c2cs":
                guard let certificate = CBOR(content).flatMap(certificate) else { continue }
                provenance.signer = certificate.subject
                provenance.issuer = certificate.issuer
            default: break
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
    private static func certificate(_ signature: CBOR) -> Certificate? {
        guard case .array(let parts) = signature, parts.count == 4 else { return nil }
        var headers = [parts[1]]
        if case .bytes(let encoded) = parts[0], let header = CBOR(encoded) { headers.insert(header, at: 0) }
        for header in headers {
            switch header[33] ?? header["x5chain"] {
            case .bytes(let der): return Certificate(der)
            case .array(let chain):
                guard case .bytes(let der) = chain.first else { continue }
                return Certificate(der)
            default: continue
            }
        }
        return nil
    }
}

extension FileFacts {
    /// Takes over what a manifest store says; the first counts.
    mutating func take(manifest store: Bytes) {
        metadata.insert(.c2pa)
        if provenance == nil { provenance = ManifestReader.read(store) }
    }
}
