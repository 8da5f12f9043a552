import CGessoKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Mask {
    /// Whether no pixel is selected, not even partly.
    public var isEmpty: Bool { boundingBox == nil }

    /// Whether every pixel is fully selected.
    public var coversEverything: Bool {
        coverage.withRows { rows in
            (0..<size.height).allSatisfy { gesso_all_equal(rows.row($0), 255, size.width) != 0 }
        }
    }

    /// Whether any pixel is fully selected.
    public var selectsWholePixels: Bool {
        coverage.withRows { rows in
            (0..<size.height).contains { memchr(rows.row($0), 255, size.width) != nil }
        }
    }

    /// The smallest rectangle that contains every pixel with coverage above 0; nil if there are none.
    public var boundingBox: Rect? {
        coverage.withRows { rows in
            var (left, right, top, bottom) = (size.width, 0, -1, 0)
            for y in 0..<size.height {
                let row = rows.row(y)
                let end = gesso_last_nonzero(row, size.width)
                guard end > 0 else { continue }
                if top < 0 { top = y }
                bottom = y + 1
                right = max(right, end)
                left = min(left, gesso_first_nonzero(row, size.width))
            }
            return top < 0 ? nil : Rect(x: left, y: top, width: right - left, height: bottom - top)
        }
    }

    /// The fraction of the image that is selected, 0…1; partly selected pixels count in proportion.
    public var coveredFraction: Double {
        let sum = coverage.withRows { rows in
            (0..<size.height).reduce(into: UInt64(0)) { sum, y in sum += gesso_sum_bytes(rows.row(y), size.width) }
        }
        return Double(sum) / (255 * Double(size.width) * Double(size.height))
    }

    /// The coverage of one pixel; a pixel outside the mask is a programming error and traps.
    public subscript(x: Int, y: Int) -> UInt8 {
        precondition(x >= 0 && x < size.width && y >= 0 && y < size.height, "(\(x), \(y)) is outside a mask of \(size)")
        return coverage.withRows { $0.row(y)[x] }
    }
}
