import CGessoKernels
import Foundation
import Testing

/// Compares the filter kernels of every instruction set with the definition in plain Swift.
@Suite struct PNGKernelTests {
    static let levels: [gesso_simd_level_t] = (0..<UInt32(GESSO_SIMD_LEVEL_COUNT))
        .map { gesso_simd_level_t($0) }.filter { gesso_simd_supports($0) != 0 }

    /// PNG 3rd edition, 9.2 and 9.4.
    static func guess(_ type: UInt8, left: Int, up: Int, corner: Int) -> Int {
        switch type {
        case 1: return left
        case 2: return up
        case 3: return (left + up) / 2
        case 4:
            let estimate = left + up - corner
            let (a, b, c) = (abs(estimate - left), abs(estimate - up), abs(estimate - corner))
            return a <= b && a <= c ? left : b <= c ? up : corner
        default: return 0
        }
    }

    static func unfiltered(_ rows: [UInt8], _ rowBytes: Int, _ step: Int) -> [UInt8] {
        let count = rows.count / (rowBytes + 1)
        var out = [UInt8](repeating: 0, count: count * rowBytes)
        for y in 0..<count {
            let type = rows[y * (rowBytes + 1)]
            for i in 0..<rowBytes {
                let left = i >= step ? Int(out[y * rowBytes + i - step]) : 0
                let up = y > 0 ? Int(out[(y - 1) * rowBytes + i]) : 0
                let corner = y > 0 && i >= step ? Int(out[(y - 1) * rowBytes + i - step]) : 0
                let value = Int(rows[y * (rowBytes + 1) + 1 + i]) + guess(type, left: left, up: up, corner: corner)
                out[y * rowBytes + i] = UInt8(value & 255)
            }
        }
        return out
    }

    static func randomRows(_ width: Int, _ height: Int, _ step: Int, types: [UInt8], seed: UInt64) -> [UInt8] {
        var noise = Noise(seed: seed)
        return (0..<height).flatMap { _ in
            [types[noise.below(types.count)]] + (0..<width * step).map { _ in UInt8(noise.below(256)) }
        }
    }

    @Test(
        "Unfiltering reverses every mix of filters, at every width, depth and instruction set", arguments: levels,
        [1, 2, 3, 4, 6, 8])
    func unfilter(level: gesso_simd_level_t, step: Int) {
        for width in Array(1...44) + [67, 130] {
            for (index, types) in [[0, 1, 2, 3, 4], [4], [3, 4], [1], [0, 2]].enumerated() {
                let height = 1 + (width * 7 + index * 5) % 29
                let rowBytes = width * step
                var rows = Self.randomRows(
                    width, height, step, types: types.map(UInt8.init), seed: UInt64(width + index))
                let expected = Self.unfiltered(rows, rowBytes, step)
                // The kernels may read some bytes after the last row.
                rows += [UInt8](repeating: 0xA5, count: 16)
                let stride = (rowBytes + 63) & ~63
                var out = [UInt8](repeating: 0, count: stride * height)
                let done = gesso_png_unfilter(rows, rowBytes, height, step, &out, stride, level)
                #expect(done == height)
                let packed = Self.packed(out, rowBytes, height, from: 0, stride: stride)
                #expect(packed == expected, "width \(width), height \(height), types \(types)")
                // In place.
                let there = rows.withUnsafeMutableBufferPointer { buffer in
                    gesso_png_unfilter(
                        buffer.baseAddress, rowBytes, height, step, buffer.baseAddress.map { $0 + 1 }, rowBytes + 1,
                        level)
                }
                #expect(there == height)
                let inPlace = Self.packed(rows, rowBytes, height, from: 1, stride: rowBytes + 1)
                #expect(inPlace == expected)
            }
        }
    }

    static func packed(_ bytes: [UInt8], _ rowBytes: Int, _ rows: Int, from: Int, stride: Int) -> [UInt8] {
        var out: [UInt8] = []
        for y in 0..<rows {
            let start = from + y * stride
            out += bytes[start..<start + rowBytes]
        }
        return out
    }

    @Test("Unfiltering stops before a row of unknown type", arguments: levels)
    func unknownType(level: gesso_simd_level_t) {
        for bad in [0, 3, 8, 17, 22] {
            var rows = Self.randomRows(50, 23, 3, types: [4], seed: 9)
            rows[bad * 151] = 5
            rows += [UInt8](repeating: 0, count: 16)
            var out = [UInt8](repeating: 0, count: 192 * 23)
            #expect(gesso_png_unfilter(rows, 150, 23, 3, &out, 192, level) == bad)
        }
    }

    /// The cost of a filtered byte in sixteenths of a bit.
    static func cost(_ filtered: UInt8) -> Int {
        let magnitude = abs(Int(Int8(bitPattern: filtered)))
        let middle = magnitude < 16 || magnitude == 128 ? magnitude : magnitude / 16 * 16 + 8
        return Int((16 * log2(1 + 4 * Double(middle))).rounded())
    }

    @Test("Filtering equals the definition and chooses the lowest cost", arguments: levels, [1, 2, 3, 4, 6, 8])
    func filter(level: gesso_simd_level_t, step: Int) {
        for width in Array(1...40) + [101] {
            let count = width * step
            var noise = Noise(seed: UInt64(width * 10 + step))
            let rows = (0..<2).map { _ in (0..<count).map { i in UInt8((i * 2 + noise.below(60)) & 255) } }
            for above in [nil, rows[0]] {
                var sums: [Int] = []
                for type in UInt8(0)...4 {
                    let expected = (0..<count).map { i -> UInt8 in
                        let left = i >= step ? Int(rows[1][i - step]) : 0
                        let corner = i >= step ? Int(above?[i - step] ?? 0) : 0
                        let value = Self.guess(type, left: left, up: Int(above?[i] ?? 0), corner: corner)
                        return UInt8((Int(rows[1][i]) - value) & 255)
                    }
                    sums.append(expected.reduce(0) { $0 + Self.cost($1) })
                    var out = [UInt8](repeating: 0, count: count + 1)
                    #expect(gesso_png_filter(rows[1], above, count, step, Int32(type), &out, level) == Int32(type))
                    #expect(out == [type] + expected)
                }
                var out = [UInt8](repeating: 0, count: count + 1)
                let chosen = gesso_png_filter(rows[1], above, count, step, -1, &out, level)
                #expect(Int(chosen) == sums.firstIndex(of: sums.min() ?? 0))
                #expect(out[0] == UInt8(chosen))
            }
        }
    }
}
