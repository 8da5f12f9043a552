import GessoCodecs

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Names of output files that are made from other names: of an input file, a thumbnail, a purchase.
package struct OutputNames: Sendable {
    private var used: Set<String> = []

    package init() {}

    /// A name of ASCII letters, digits, `.`, `_` and `-`, at most 80 of them and never empty.
    ///
    /// A name that has others or is longer loses them, and gets eight digits of a hash of all of it instead, so that two
    /// names stay two. The same name always gives the same one.
    package static func reduced(_ name: String) -> String {
        let legal = name.unicodeScalars.map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-": Character(scalar)
            default: "-"
            }
        }
        let kept = String(String(legal).drop { $0 == "-" || $0 == "." }.reversed().drop { $0 == "-" }.reversed())
        if kept == name, kept.utf8.count <= 80, !kept.isEmpty { return kept }
        let short = kept.isEmpty ? "image" : String(kept.prefix(71))
        return "\(short)-\(hash(name))"
    }

    /// FNV-1a, 32 bits.
    private static func hash(_ name: String) -> String {
        let value = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// `base.extension`, or `base-2.extension` and so on where that was given out before.
    package mutating func next(_ base: String, _ fileExtension: String) -> String {
        var name = "\(base).\(fileExtension)"
        var number = 2
        while !used.insert(name).inserted {
            name = "\(base)-\(number).\(fileExtension)"
            number += 1
        }
        return name
    }

    /// Whether a file of this name may be one that a request with this stem writes, whatever format the server chooses.
    ///
    /// - Parameters:
    ///   - count: how many images the request asks for.
    ///   - labels: the names of the renditions; `isEdit` when every output has one.
    package static func collides(_ name: String, stem: String, count: Int, labels: Set<String>, isEdit: Bool) -> Bool {
        guard name.hasPrefix("\(stem)-"), let dot = name.lastIndex(of: ".") else { return false }
        var rest = name[..<dot].dropFirst(stem.count + 1)
        func number() -> Int? {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            return Int(digits)
        }
        if rest.hasPrefix("region-") {
            rest = rest.dropFirst(7)
            guard number() != nil, rest.first == "-" else { return false }
            rest = rest.dropFirst()
        }
        let isPartial = rest.hasPrefix("partial-")
        if isPartial { rest = rest.dropFirst(8) }
        guard let index = number(), index < (isPartial ? 4 : max(count, 1)) else { return false }
        if rest.isEmpty { return isPartial || !isEdit }
        guard rest.first == "-" else { return false }
        let label = rest.dropFirst()
        let unnumbered = label.lastIndex(of: "-").map { dash in
            label[label.index(after: dash)...].allSatisfy(\.isNumber) ? label[..<dash] : label
        }
        return [String(label), unnumbered.map { String($0) } ?? ""].contains { name in
            labels.contains(name) || name == "returned" || name == "incomplete"
        }
    }
}
