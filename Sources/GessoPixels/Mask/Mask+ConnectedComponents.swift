import CGessoKernels

extension Mask {
    /// The exact bounding boxes of the mask's connected components, top to bottom; empty if nothing is selected.
    ///
    /// Components with fewer than `gap` unselected pixels between them are merged; those with slightly more may be.
    /// Takes one pass over the mask.
    public func componentBoxes(gap: Int) -> [Rect] {
        var cells = CellGrid(size: size, side: max(16, gap / 2))
        coverage.withRows { rows in
            for y in 0..<size.height { cells.add(rows.row(y), y) }
        }
        return cells.parts(gap: gap)
    }
}

/// A mask divided into square cells, each with the bounding box of its selected pixels.
private struct CellGrid {
    private let side: Int
    private let width: Int
    private let columns: Int
    private var boxes: [Rect?]

    init(size: Size, side: Int) {
        self.side = side
        width = size.width
        columns = (size.width + side - 1) / side
        boxes = [Rect?](repeating: nil, count: columns * ((size.height + side - 1) / side))
    }

    mutating func add(_ row: UnsafePointer<UInt8>, _ y: Int) {
        let end = gesso_last_nonzero(row, width)
        guard end > 0 else { return }
        let first = gesso_first_nonzero(row, width)
        for column in first / side...(end - 1) / side {
            let x = column * side
            let count = min(side, width - x)
            let last = gesso_last_nonzero(row + x, count)
            guard last > 0 else { continue }
            let start = gesso_first_nonzero(row + x, count)
            let piece = Rect(x: x + start, y: y, width: last - start, height: 1)
            let index = y / side * columns + column
            boxes[index] = boxes[index]?.union(piece) ?? piece
        }
    }

    /// Merges neighboring cells, as far apart as `gap` allows.
    mutating func parts(gap: Int) -> [Rect] {
        let reach = max(1, (gap + side - 1) / side)
        let rows = columns == 0 ? 0 : boxes.count / columns
        var parts: [Rect] = []
        for start in boxes.indices {
            guard let first = boxes[start] else { continue }
            boxes[start] = nil
            var (part, waiting) = (first, [start])
            while let index = waiting.popLast() {
                let (row, column) = index.quotientAndRemainder(dividingBy: columns)
                for y in max(0, row - reach)...min(rows - 1, row + reach) {
                    for x in max(0, column - reach)...min(columns - 1, column + reach) {
                        guard let box = boxes[y * columns + x] else { continue }
                        boxes[y * columns + x] = nil
                        part = part.union(box)
                        waiting.append(y * columns + x)
                    }
                }
            }
            parts.append(part)
        }
        return parts
    }
}
