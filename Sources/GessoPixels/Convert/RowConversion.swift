import CGessoKernels

/// Converts rows to another depth and to more channels, or removes alpha; callers make sure that no information is
/// lost.
struct RowConversion {
    private let source: PixelFormat
    private let target: PixelFormat
    private let kernels = gesso_kernels().pointee
    /// One row with the target's layout in the source's depth, if both change.
    private let between: PixelStorage?

    init(from source: PixelFormat, to target: PixelFormat, width: Int) throws(GessoError) {
        self.source = source
        self.target = target
        let isDirect = source.layout == target.layout || source.bitsPerChannel == target.bitsPerChannel
        let byteCount = width * target.channels * source.bitsPerChannel / 8
        between = isDirect ? nil : try PixelStorage(byteCount: byteCount, zeroed: false)
    }

    /// Converts `count` pixels.
    func run(_ from: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, count: Int) {
        if source == target {
            to.update(from: from, count: count * source.bytesPerPixel)
        } else if let row = between?.pointer.assumingMemoryBound(to: UInt8.self) {
            changeLayout(from, row, count: count)
            changeDepth(row, to, count: count)
        } else if source.layout == target.layout {
            changeDepth(from, to, count: count)
        } else {
            changeLayout(from, to, count: count)
        }
    }

    private func changeDepth(_ from: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, count: Int) {
        let samples = count * target.channels
        if target.bitsPerChannel == 16 {
            gesso_widen_samples(from, words(to), samples)
        } else {
            gesso_narrow_samples(words(from), to, samples)
        }
    }

    private func changeLayout(_ from: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, count: Int) {
        switch (source.layout, target.layout, source.bitsPerChannel) {
        case (.gray, .rgb, 8): kernels.gray_to_rgb(from, to, count)
        case (.gray, .rgba, 8): kernels.gray_to_rgba(from, to, count, 255)
        case (.rgb, .rgba, 8): kernels.rgb_to_rgba(from, to, count, 255)
        case (.rgba, .rgb, 8): kernels.rgba_to_rgb(from, to, count)
        case (.gray, .rgb, _): gesso_gray_to_rgb16(words(from), words(to), count)
        case (.gray, .rgba, _): gesso_gray_to_rgba16(words(from), words(to), count, 65535)
        case (.rgb, .rgba, _): gesso_rgb_to_rgba16(words(from), words(to), count, 65535)
        case (.rgba, .rgb, _): gesso_rgba_to_rgb16(words(from), words(to), count)
        default: preconditionFailure("\(source) rows do not become \(target)")
        }
    }

    private func words(_ bytes: UnsafePointer<UInt8>) -> UnsafePointer<UInt16> {
        UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt16.self)
    }

    private func words(_ bytes: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt16> {
        UnsafeMutableRawPointer(bytes).assumingMemoryBound(to: UInt16.self)
    }
}
