/// What decoding a GIF takes beside the pixels: the tables of its codes. Frames are written straight onto the canvas.
enum GIFMemory {
    static let decoding = 64 << 10
}
