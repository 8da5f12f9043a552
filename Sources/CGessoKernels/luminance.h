// Luminance of RGBA pixels, eight at a time. Plain vector code, compiled once for the base instruction set and once for
// wider ones. The file that includes this defines TARGET and LUMINANCE.

typedef uint16_t halves __attribute__((vector_size(32)));
typedef uint32_t words __attribute__((vector_size(32)));
typedef uint8_t eight_bytes __attribute__((vector_size(8)));

TARGET void LUMINANCE(const uint8_t *rgba, uint8_t *target, size_t count) {
    // Rec. 709 in 256ths, red and blue in one product, green in the other.
    const halves red_and_blue = {54, 19, 54, 19, 54, 19, 54, 19, 54, 19, 54, 19, 54, 19, 54, 19};
    const halves green = {183, 0, 183, 0, 183, 0, 183, 0, 183, 0, 183, 0, 183, 0, 183, 0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        words pixels;
        memcpy(&pixels, rgba + 4 * i, sizeof pixels);
        words sums = (words)((halves)(pixels & 0x00FF00FF) * red_and_blue + (halves)(pixels >> 8 & 0x00FF00FF) * green);
        eight_bytes levels = __builtin_convertvector((sums + (sums >> 16) + 128) >> 8 & 255, eight_bytes);
        memcpy(target + i, &levels, sizeof levels);
    }
    for (; i < count; i++) {
        const uint8_t *pixel = rgba + 4 * i;
        target[i] = (uint8_t)((pixel[0] * 54 + pixel[1] * 183 + pixel[2] * 19 + 128) >> 8);
    }
}
