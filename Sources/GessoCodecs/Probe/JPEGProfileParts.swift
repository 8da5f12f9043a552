import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Collects a color profile from APP2 segments: label, sequence number from 1, number of segments (ICC.1:2010, B.4).
struct JPEGProfileParts {
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

    /// Hands the whole profile to `facts`, or what is wrong with it.
    func finish(_ limits: DecodeLimits, _ facts: inout ParsedHeader) throws(GessoError) {
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
