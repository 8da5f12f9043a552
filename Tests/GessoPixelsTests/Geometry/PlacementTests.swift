import GessoPixels
import Testing

@Suite("A placement maps to the canvas and back")
struct PlacementTests {
    @Test("for every orientation followed by every other", arguments: Orientation.allCases, Orientation.allCases)
    func orientationsCompose(first: Orientation, second: Orientation) {
        let stored = Size(width: 7, height: 4)
        let point = Point(x: 1.25, y: 3.5)
        let once = first.upright(point, stored: stored)
        let twice = second.upright(once, stored: first.upright(stored))
        #expect(first.followed(by: second).upright(point, stored: stored) == twice)
    }

    @Test("an orientation followed by its inverse changes nothing", arguments: Orientation.allCases)
    func inverse(orientation: Orientation) {
        #expect(orientation.followed(by: orientation.inverse) == .up)
    }

    @Test("through 10,000 random chains of orient, crop, resize and pad, within a millionth of a pixel")
    func randomChains() {
        var random = SplitMix(state: 0x6765_7373_6f)
        for _ in 0..<10_000 {
            var placement = Placement(
                of: Size(
                    width: Int.random(in: 1...4000, using: &random), height: Int.random(in: 1...4000, using: &random)))
            // The same chain applied step by step to a point, independently of the placement's arithmetic.
            let start = Point(
                x: Double.random(in: 0...Double(placement.original.width), using: &random),
                y: Double.random(in: 0...Double(placement.original.height), using: &random))
            var point = start
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let canvas = placement.canvas
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    let turn = Orientation.allCases.randomElement(using: &random) ?? .up
                    point = turn.upright(point, stored: canvas)
                    placement = placement.oriented(turn)
                case 1:
                    let rect = Rect(
                        x: Int.random(in: 0..<canvas.width, using: &random),
                        y: Int.random(in: 0..<canvas.height, using: &random), width: 1, height: 1)
                    let cut = Rect(x: rect.x, y: rect.y, width: canvas.width - rect.x, height: canvas.height - rect.y)
                    point = Point(x: point.x - Double(cut.x), y: point.y - Double(cut.y))
                    placement = placement.cropped(to: cut)
                case 2:
                    let size = Size(
                        width: Int.random(in: 1...4000, using: &random),
                        height: Int.random(in: 1...4000, using: &random))
                    point = Point(
                        x: point.x * Double(size.width) / Double(canvas.width),
                        y: point.y * Double(size.height) / Double(canvas.height))
                    placement = placement.resized(to: size)
                default:
                    let (left, top) = (Int.random(in: 0...500, using: &random), Int.random(in: 0...500, using: &random))
                    point = Point(x: point.x + Double(left), y: point.y + Double(top))
                    placement = placement.padded(left: left, top: top, right: 3, bottom: 5)
                }
            }
            let upright = placement.orientation.upright(start, stored: placement.original)
            let there = placement.onCanvas(upright)
            let back = placement.onUpright(there)
            let reach = 1 + max(abs(point.x), abs(point.y))
            #expect(abs(there.x - point.x) / reach < 1e-9 && abs(there.y - point.y) / reach < 1e-9)
            #expect(abs(back.x - upright.x) < 1e-6 && abs(back.y - upright.y) < 1e-6)
        }
    }

    @Test("A rectangle of the upright image maps to the right stored pixels", arguments: Orientation.allCases)
    func storedRectangles(orientation: Orientation) throws {
        let stored = try TestImages.noise(Size(width: 13, height: 8), .gray8, seed: 5)
        let upright = try stored.oriented(orientation)
        let rect = Rect(x: 2, y: 3, width: 5, height: 4)
        let there = orientation.stored(rect, upright: upright.size)
        #expect(try stored.cropped(to: there).oriented(orientation) == upright.cropped(to: rect))
        let whole = Placement(of: stored.size)
        #expect(whole.cropped(to: there).oriented(orientation).canvas == rect.size)
        let (one, other) = (
            whole.cropped(to: there).oriented(orientation), whole.oriented(orientation).cropped(to: rect)
        )
        #expect(one == other)
    }

    @Test("finds the pixels of the original that lie on the canvas")
    func visible() {
        let whole = Placement(of: Size(width: 4032, height: 3024)).oriented(.right)
            .resized(to: Size(width: 1152, height: 1536)).padded(left: 8, top: 0, right: 8, bottom: 0)
        #expect(whole.visible == Rect(x: 0, y: 0, width: 3024, height: 4032))
        #expect(whole.content == Rect(x: 8, y: 0, width: 1152, height: 1536))
        let cut = Placement(of: Size(width: 100, height: 80)).cropped(to: Rect(x: 10, y: 20, width: 30, height: 40))
        #expect(cut.visible == Rect(x: 10, y: 20, width: 30, height: 40))
        #expect(
            cut.box(of: cut.visible, in: Size(width: 60, height: 80)) == Box(left: 0, top: 0, right: 60, bottom: 80))
    }
}

/// A small repeatable generator (Steele, Lea, Flood 2014: SplitMix64), so that a failure can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
