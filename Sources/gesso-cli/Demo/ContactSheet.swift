import Gesso

/// An image with a row for each photograph and a column for each step of its edit.
struct ContactSheet {
    private let columns: [String]
    private let cell = Size(width: 300, height: 240)
    private let gap = 12
    private let header = 44
    private let footer = 34
    private let paper = Color(red: 28, green: 28, blue: 32, alpha: 255)
    private let ink = Color(red: 235, green: 235, blue: 230, alpha: 255)
    private var rows: [(caption: String, cells: [Bitmap])] = []

    init(columns: [String]) { self.columns = columns }

    /// Adds a row of upright sRGB images, one for each column. Transparent images are shown on a checkerboard.
    mutating func add(_ caption: String, _ images: [Bitmap]) throws(GessoError) {
        var cells: [Bitmap] = []
        for image in images { cells.append(try fitted(image)) }
        rows.append((caption, cells))
    }

    func render() throws(GessoError) -> Bitmap {
        let rowHeight = cell.height + footer
        let size = Size(
            width: gap + columns.count * (cell.width + gap), height: header + rows.count * (rowHeight + gap) + gap)
        var sheet = try ContactSheet.plain(size, paper)
        for (index, title) in columns.enumerated() {
            let caption = try Lettering.caption(title, scale: 3, ink: ink, paper: paper)
            try sheet.paste(caption, x: gap + index * (cell.width + gap), y: 10)
        }
        for (rowIndex, row) in rows.enumerated() {
            let top = header + rowIndex * (rowHeight + gap)
            for (index, image) in row.cells.enumerated() {
                let x = gap + index * (cell.width + gap) + (cell.width - image.width) / 2
                try sheet.paste(image, x: x, y: top + (cell.height - image.height) / 2)
            }
            let caption = try Lettering.caption(row.caption, scale: 2, ink: ink, paper: paper)
            try sheet.paste(caption, x: gap, y: top + cell.height + 6)
        }
        return sheet
    }

    private func fitted(_ image: Bitmap) throws(GessoError) -> Bitmap {
        let scaled = try Resize(cell, enlarges: false).run(Frame(bitmap: image)).bitmap
        guard scaled.format.hasAlpha else { return try scaled.converted(to: .rgb8) }
        let shows = try Mask(alphaOf: scaled).inverted()
        return try ContactSheet.checkerboard(scaled.size).replacing(with: ContactSheet.opaque(scaled), where: shows)
    }

    /// The colors without alpha, also those of transparent pixels.
    private static func opaque(_ image: Bitmap) throws(GessoError) -> Bitmap {
        try image.applyingAlpha(Mask(size: image.size, filledWith: 0)).flattened(onto: .white)
    }

    private static func plain(_ size: Size, _ color: Color) throws(GessoError) -> Bitmap {
        try fill(size) { _, _ in color }
    }

    private static func checkerboard(_ size: Size) throws(GessoError) -> Bitmap {
        let (light, dark) = (
            Color(red: 210, green: 210, blue: 210, alpha: 255), Color(red: 160, green: 160, blue: 160, alpha: 255)
        )
        return try fill(size) { x, y in (x / 12 + y / 12) % 2 == 0 ? light : dark }
    }

    private static func fill(_ size: Size, _ color: (Int, Int) -> Color) throws(GessoError) -> Bitmap {
        var bitmap = try Bitmap(size: size, format: .rgb8)
        let stride = bitmap.bytesPerRow
        try bitmap.withMutableBytes { (bytes) throws(GessoError) in
            for y in 0..<size.height {
                for x in 0..<size.width {
                    let color = color(x, y)
                    bytes.storeBytes(of: color.red, toByteOffset: y * stride + x * 3, as: UInt8.self)
                    bytes.storeBytes(of: color.green, toByteOffset: y * stride + x * 3 + 1, as: UInt8.self)
                    bytes.storeBytes(of: color.blue, toByteOffset: y * stride + x * 3 + 2, as: UInt8.self)
                }
            }
        }
        return bitmap
    }
}
