#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Collects a C2PA manifest store from APP11 segments: "JP", the box's instance number, a sequence number from 1, and
/// the box, whose header each segment repeats (ISO/IEC 19566-5, D; C2PA 2.1, A.3.1).
struct JPEGManifestParts {
    private struct Part {
        let number: Int
        let box: Bytes
    }

    private var instance: Int?
    private var parts: [Part] = []

    mutating func take(_ body: Bytes) {
        guard body.matches("JP", at: 0), body.tag(12) == "jumb", let instance = body.uint16(2),
            let number = body.uint32(4)
        else { return }
        let box = body.suffix(from: 8)
        if self.instance == nil {
            let description = body.uint32(8) == 1 ? 24 : 16
            guard body.tag(description + 4) == "jumd", body.tag(description + 8) == "c2pa" else { return }
            self.instance = instance
        }
        if instance == self.instance, parts.count < 1024 { parts.append(Part(number: number, box: box)) }
    }

    /// Hands the whole store to `facts`; one that is longer than the limit or has gaps is told of, but not read.
    func finish(_ limits: DecodeLimits, _ facts: inout ParsedHeader) {
        guard let first = parts.first else { return }
        facts.metadata.insert(.c2pa)
        let header = first.box.uint32(0) == 1 ? 16 : 8
        let count = parts.reduce(0) { $0 + $1.box.count }
        guard count <= limits.metadataByteCount else { return }
        var store = Data(capacity: count)
        for (index, part) in parts.sorted(by: { $0.number < $1.number }).enumerated() {
            guard part.number == parts[0].number + index else { return }
            store.append(contentsOf: part.box.suffix(from: index == 0 ? 0 : header).buffer)
        }
        store.withBytes { facts.take(manifest: $0, limits) }
    }
}
