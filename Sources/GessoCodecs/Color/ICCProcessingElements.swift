import GessoPixels

/// Holds the processing elements of a profile (ICC.1:2022, 10.16 and 10.17) against what a color conversion can afford.
///
/// lcms2 runs every element, and looks at every segment of every curve, for tens of thousands of colors when it prepares a
/// conversion, and many entries may point to one element: 400 bytes could take minutes.
enum ICCProcessingElements {
    /// Elements and segments of curves of one tag; the profiles of the ICC have fewer than twenty.
    private static let mostSteps = 128
    /// Channels between two elements. An element that interpolates takes time in powers of two of its channels.
    private static let mostChannels = 4

    /// Throws `invalidProfile` for a tag of type multiProcessElementsType that exceeds these; passes over all others.
    static func check(_ tag: Bytes) throws(GessoError) {
        guard tag.matches("mpet", at: 0) else { return }
        guard let count = tag.uint32(12) else { throw .brokenProfile("its processing elements are cut short") }
        var steps = count
        guard steps <= mostSteps else { throw tooMany }
        for index in 0..<count {
            guard let offset = tag.uint32(16 + 8 * index), let inputs = tag.uint16(offset + 8),
                let outputs = tag.uint16(offset + 10)
            else { throw .brokenProfile("a processing element lies outside its tag") }
            guard inputs <= mostChannels, outputs <= mostChannels else {
                throw .brokenProfile("a processing element has more than \(mostChannels) channels")
            }
            guard tag.matches("cvst", at: offset) else { continue }
            for curve in 0..<inputs {
                guard let place = tag.uint32(offset + 12 + 8 * curve), let segments = tag.uint16(offset + place + 8)
                else { throw .brokenProfile("a curve lies outside its tag") }
                steps += segments
                guard steps <= mostSteps else { throw tooMany }
            }
        }
    }

    private static var tooMany: GessoError {
        .brokenProfile("it has more than \(mostSteps) processing elements and curve segments")
    }
}
