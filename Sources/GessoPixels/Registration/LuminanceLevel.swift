import CGessoKernels

/// One level of an image pyramid: the luminance of both images and the kept area, all of one size.
struct LuminanceLevel {
    let reference: Bitmap
    let moved: Bitmap
    /// 255 where both images should show the same content; nil means everywhere.
    let keep: Bitmap?

    var size: Size { reference.size }

    /// The next coarser level, half the size.
    func halved() throws(GessoError) -> LuminanceLevel {
        let half = Size(width: max(1, (size.width + 1) / 2), height: max(1, (size.height + 1) / 2))
        return LuminanceLevel(
            reference: try reference.resized(to: half, filter: .box), moved: try moved.resized(to: half, filter: .box),
            keep: try keep?.resized(to: half, filter: .box))
    }

    /// The normal equations of one step over a region.
    func sums(
        _ region: gesso_region_t, _ motion: gesso_motion_t, gain: Double, offset: Double, limit: Double
    ) -> gesso_alignment_sums_t {
        var (sums, region, motion) = (gesso_alignment_sums_t(), region, motion)
        withPlanes { reference, moved, keep, keepStride in
            gesso_kernels().pointee.alignment_sums(
                reference, moved, keep, keepStride, &region, &motion, gain, offset, limit, &sums)
        }
        return sums
    }

    /// The structure tensor of a region of the reference (gx², gx·gy, gy²); nil unless the whole region is kept.
    func structureTensor(_ region: gesso_region_t) -> (Double, Double, Double)? {
        var tensor: (Int64, Int64, Int64) = (0, 0, 0)
        var region = region
        let isKept = withPlanes { reference, _, keep, keepStride in
            withUnsafeMutableBytes(of: &tensor) { bytes in
                gesso_kernels().pointee.structure_tensor(
                    reference, keep, keepStride, &region, bytes.baseAddress?.assumingMemoryBound(to: Int64.self))
            }
        }
        return isKept == 0 ? nil : (Double(tensor.0), Double(tensor.1), Double(tensor.2))
    }

    private func withPlanes<R>(
        _ body: (UnsafePointer<gesso_plane_t>, UnsafePointer<gesso_plane_t>, UnsafePointer<UInt8>?, Int) -> R
    ) -> R {
        reference.withUnsafePixels { referencePixels in
            moved.withUnsafePixels { movedPixels in
                var first = LuminanceLevel.plane(reference, referencePixels)
                var second = LuminanceLevel.plane(moved, movedPixels)
                guard let keep else { return body(&first, &second, nil, 0) }
                return keep.withUnsafePixels { body(&first, &second, $0, keep.bytesPerRow) }
            }
        }
    }

    private static func plane(_ bitmap: Bitmap, _ pixels: UnsafePointer<UInt8>) -> gesso_plane_t {
        gesso_plane_t(
            pixels: pixels, stride: bitmap.bytesPerRow, width: Int32(clamping: bitmap.width),
            height: Int32(clamping: bitmap.height))
    }
}

extension Bitmap {
    /// The image's luminance as `gray8` (Rec. 709 weights on the encoded samples), on black where it is transparent.
    func luminance() throws(GessoError) -> Bitmap {
        if format.layout == .gray { return try converted(to: .gray8) }
        let source = try (format.hasAlpha ? flattened(onto: .black) : self).converted(to: .rgb8)
        var result = try Bitmap(size: size, format: .gray8, zeroed: false)
        let (width, height, kernels) = (width, height, gesso_kernels().pointee)
        let line = try PixelStorage(byteCount: width * 4, zeroed: false)
        try result.withMutableRows { (target) throws(GessoError) in
            source.withRows { rows in
                let pixels = line.pointer.assumingMemoryBound(to: UInt8.self)
                for y in 0..<height {
                    kernels.rgb_to_rgba(rows.row(y), pixels, width, 255)
                    kernels.luminance(pixels, target.row(y), width)
                }
            }
        }
        return result
    }
}
