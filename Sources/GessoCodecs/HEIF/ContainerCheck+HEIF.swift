import GessoPixels

extension ContainerCheck {
    /// Walks the boxes of the file and those of its item table. The content of each item, of thumbnails and metadata too,
    /// must lie within the file.
    static func heif(_ bytes: Bytes, _ format: ImageFormat) throws(GessoError) {
        do throws(GessoError) {
            let boxes = try HEIFHeaderParser.TopLevel(bytes, format, .default)
            guard !boxes.isCut, boxes.meta != nil || boxes.movie != nil else { throw incomplete(format, bytes) }
            guard let meta = boxes.meta else { return }
            let container = try HEIFContainer(meta, of: bytes, format, .default)
            guard let primary = container.primary.flatMap({ container.items[$0] }) else {
                throw container.damaged("no primary image", at: bytes)
            }
            if HEIFContainer.Item.codedTypes.contains(primary.type) || primary.type == FourCC.grid {
                _ = try container.content(of: primary)
            }
            for item in container.items.values where !item.extents.isEmpty && !item.isElsewhere {
                guard try container.content(of: item) != nil else { throw incomplete(format, bytes) }
            }
        } catch {
            // What cannot be decoded may still be whole.
            guard error.code != .unsupportedFeature else { return }
            throw GessoError(error.code, stage: "response", error.message, facts: error.facts)
        }
    }
}
