import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reassembles a color profile from APP2 segments: label, sequence number from 1, number of segments (ICC.1:2010,
/// B.4).
struct JPEGProfileReassembly {
    private var parts: [Int: Bytes] = [:]
    private var expected: Int?
    private var problem: String?

    mutating func take(_ body: Bytes) {
        guard body.matches("ICC_PROFILE\0", at: 0), let number = body.uint8(12), let total = body.uint8(13) else {
            return
        }
        if expected ?? Int(total) != Int(total) || number == 0 || number > total || parts[Int(number)] != nil {
            problem = "its segments contradict each other"
        }
        expected = Int(total)
        parts[Int(number)] = body.suffix(from: 14)
    }

    /// Adds the whole profile to `facts`, or the reason why it cannot be used.
    func finish(_ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader) throws(GessoError) {
        guard let expected else { return }
        facts.metadata.insert(.icc)
        let count = parts.values.reduce(0) { $0 + $1.count }
        guard count <= limits.profileByteCount else { throw .profileTooLong(limits.profileByteCount) }
        if let problem {
            facts.profileProblem = .brokenProfile(problem)
            return
        }
        var whole = Data(capacity: count)
        for number in 1...max(1, expected) {
            guard let part = parts[number] else {
                facts.profileProblem = .brokenProfile("segment \(number) of \(expected) is missing")
                return
            }
            whole.append(contentsOf: part.buffer)
        }
        whole.withBytes { facts.take(profile: $0) }
    }
}

/// Reassembles a C2PA manifest store from APP11 segments: "JP", the box's instance number, a sequence number from 1,
/// and the box, whose header is repeated in each segment (ISO/IEC 19566-5, D; C2PA 2.1, A.3.1).
struct JPEGManifestReassembly {
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

    /// Reads the whole manifest store into `facts`. A store that exceeds the limit or has gaps is noted but not read.
    func finish(_ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader) {
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
