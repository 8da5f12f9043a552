// Undoes the row filters of a PNG, several rows at once where the machine allows it.

#include "png_kernels.h"

#include <string.h>

static inline __attribute__((always_inline)) void
span(int type, const uint8_t *from_bytes, uint8_t *to_bytes, const uint8_t *up, size_t from, size_t to, size_t step) {
    for (size_t i = from; i < to; i++) {
        uint8_t left = i >= step ? to_bytes[i - step] : 0;
        uint8_t above = up ? up[i] : 0;
        uint8_t corner = up && i >= step ? up[i - step] : 0;
        uint8_t guess = 0;
        switch (type) {
        case 1: guess = left; break;
        case 2: guess = above; break;
        case 3: guess = (uint8_t)((left + above) >> 1); break;
        case 4: guess = gesso_png_paeth(left, above, corner); break;
        }
        to_bytes[i] = (uint8_t)(from_bytes[i] + guess);
    }
}

/// Average and Paeth depend on the previous pixel; its bytes are kept in registers.
static inline __attribute__((always_inline)) void
chain(int type, const uint8_t *from_bytes, uint8_t *to_bytes, const uint8_t *up, size_t from, size_t to, size_t step) {
    uint8_t left[8], corner[8];
    for (size_t c = 0; c < step; c++) {
        left[c] = from >= step ? to_bytes[from - step + c] : 0;
        corner[c] = from >= step ? up[from - step + c] : 0;
    }
    for (size_t i = from; i < to; i += step) {
        for (size_t c = 0; c < step; c++) {
            uint8_t above = up[i + c];
            uint8_t guess =
                type == 3 ? (uint8_t)((left[c] + above) >> 1) : gesso_png_paeth(left[c], above, corner[c]);
            left[c] = (uint8_t)(from_bytes[i + c] + guess);
            corner[c] = above;
            to_bytes[i + c] = left[c];
        }
    }
}

static inline __attribute__((always_inline)) void
row_of(int type, const uint8_t *from_bytes, uint8_t *to_bytes, const uint8_t *up, size_t from, size_t to, size_t step) {
    switch (type) {
    case 0: memmove(to_bytes + from, from_bytes + from, to - from); break;
    case 1: span(1, from_bytes, to_bytes, NULL, from, to, step); break;
    case 2:
        if (!up) {
            memmove(to_bytes + from, from_bytes + from, to - from);
            break;
        }
        for (size_t i = from; i < to; i++) to_bytes[i] = (uint8_t)(from_bytes[i] + up[i]);
        break;
    case 3:
        if (up) chain(3, from_bytes, to_bytes, up, from, to, step);
        else span(3, from_bytes, to_bytes, NULL, from, to, step);
        break;
    default:
        // Without a row above, the Paeth predictor is the pixel on the left.
        if (up) chain(4, from_bytes, to_bytes, up, from, to, step);
        else span(1, from_bytes, to_bytes, NULL, from, to, step);
        break;
    }
}

void gesso_png_unfilter_span(int type, const uint8_t *from_bytes, uint8_t *to_bytes, const uint8_t *up, size_t from,
                             size_t to, size_t pixel_bytes) {
    switch (pixel_bytes) {
    case 1: row_of(type, from_bytes, to_bytes, up, from, to, 1); break;
    case 2: row_of(type, from_bytes, to_bytes, up, from, to, 2); break;
    case 3: row_of(type, from_bytes, to_bytes, up, from, to, 3); break;
    case 4: row_of(type, from_bytes, to_bytes, up, from, to, 4); break;
    case 6: row_of(type, from_bytes, to_bytes, up, from, to, 6); break;
    default: row_of(type, from_bytes, to_bytes, up, from, to, 8); break;
    }
}

static gesso_png_band *band_of(gesso_simd_level_t level, size_t *rows) {
    *rows = 0;
    switch (level) {
#if defined(__x86_64__)
    case GESSO_SIMD_SSE4: *rows = 4; return gesso_png_band4_sse4;
    case GESSO_SIMD_AVX2:
    case GESSO_SIMD_AVX512: *rows = 8; return gesso_png_band8_avx2;
#elif defined(__aarch64__)
    case GESSO_SIMD_NEON: *rows = 4; return gesso_png_band4_neon;
#endif
    default: return NULL;
    }
}

/// Whether rows are processed as a wavefront: their types are valid, and at least one depends on the pixel on the
/// left.
static int suits_band(const uint8_t *filtered, size_t pitch, size_t rows) {
    int waits = 0;
    for (size_t r = 0; r < rows; r++) {
        uint8_t type = filtered[r * pitch];
        if (type > 4) return 0;
        waits |= type & 5;
    }
    return waits;
}

size_t gesso_png_unfilter(const uint8_t *filtered, size_t row_bytes, size_t rows, size_t pixel_bytes, uint8_t *pixels,
                          size_t stride, gesso_simd_level_t level) {
    size_t pitch = row_bytes + 1, band_rows = 0;
    gesso_png_band *band = band_of(level, &band_rows);
    if (pixel_bytes > 4 || row_bytes < 32 * pixel_bytes) band = NULL;
    // Stores of three-byte pixels write a fourth byte, which would overwrite data that is still needed.
    if (pixel_bytes == 3 && pixels == filtered + 1) band = NULL;
    const uint8_t *up = NULL;
    size_t y = 0;
    while (y < rows) {
        const uint8_t *source = filtered + y * pitch;
        uint8_t *target = pixels + y * stride;
        if (band && up && rows - y >= band_rows && suits_band(source, pitch, band_rows)) {
            band(source, row_bytes, pixel_bytes, up, target, stride);
            up = target + (band_rows - 1) * stride;
            y += band_rows;
            continue;
        }
        if (source[0] > 4) return y;
        gesso_png_unfilter_span(source[0], source + 1, target, up, 0, row_bytes, pixel_bytes);
        up = target;
        y++;
    }
    return rows;
}
