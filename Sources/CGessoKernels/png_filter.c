// Filters rows for a PNG, with the type that promises the shortest file.

#include "png_kernels.h"

#include <string.h>

static inline uint8_t guess_at(int type, const uint8_t *row, const uint8_t *above, size_t i, size_t step) {
    uint8_t left = i >= step ? row[i - step] : 0;
    uint8_t up = above ? above[i] : 0;
    uint8_t corner = above && i >= step ? above[i - step] : 0;
    switch (type) {
    case 1: return left;
    case 2: return up;
    case 3: return (uint8_t)((left + up) >> 1);
    case 4: return gesso_png_paeth(left, up, corner);
    default: return 0;
    }
}

static void measure_span(const uint8_t *row, const uint8_t *above, size_t from, size_t to, size_t step,
                         uint64_t sums[5]) {
    for (size_t i = from; i < to; i++)
        for (int type = 0; type < 5; type++)
            sums[type] += gesso_png_cost((uint8_t)(row[i] - guess_at(type, row, above, i, step)));
}

static void apply_span(const uint8_t *row, const uint8_t *above, size_t from, size_t to, size_t step, int type,
                       uint8_t *filtered) {
    for (size_t i = from; i < to; i++) filtered[i] = (uint8_t)(row[i] - guess_at(type, row, above, i, step));
}

static gesso_png_measure *measure_of(gesso_simd_level_t level) {
    switch (level) {
#if defined(__x86_64__)
    case GESSO_SIMD_SSE4: return gesso_png_measure_sse4;
    case GESSO_SIMD_AVX2:
    case GESSO_SIMD_AVX512: return gesso_png_measure_avx2;
#elif defined(__aarch64__)
    case GESSO_SIMD_NEON: return gesso_png_measure_neon;
#endif
    default: return NULL;
    }
}

static gesso_png_apply *apply_of(gesso_simd_level_t level) {
    switch (level) {
#if defined(__x86_64__)
    case GESSO_SIMD_SSE4: return gesso_png_apply_sse4;
    case GESSO_SIMD_AVX2:
    case GESSO_SIMD_AVX512: return gesso_png_apply_avx2;
#elif defined(__aarch64__)
    case GESSO_SIMD_NEON: return gesso_png_apply_neon;
#endif
    default: return NULL;
    }
}

/// In the first row Up is the same as None and Paeth the same as Sub; the lower type is used.
static int choose(const uint8_t *row, const uint8_t *above, size_t row_bytes, size_t step, gesso_simd_level_t level) {
    uint64_t sums[5] = {0};
    gesso_png_measure *vectors = above ? measure_of(level) : NULL;
    size_t head = vectors && step < row_bytes ? step : row_bytes;
    measure_span(row, above, 0, head, step, sums);
    size_t done = head < row_bytes ? vectors(row, above, head, row_bytes, step, sums) : row_bytes;
    measure_span(row, above, done, row_bytes, step, sums);
    int best = 0;
    for (int type = 1; type < 5; type++)
        if (sums[type] < sums[best]) best = type;
    return best;
}

int gesso_png_filter(const uint8_t *row, const uint8_t *above, size_t row_bytes, size_t pixel_bytes, int type,
                     uint8_t *filtered, gesso_simd_level_t level) {
    if (type < 0) type = choose(row, above, row_bytes, pixel_bytes, level);
    filtered[0] = (uint8_t)type;
    if (type == 0) {
        memcpy(filtered + 1, row, row_bytes);
        return type;
    }
    gesso_png_apply *vectors = above ? apply_of(level) : NULL;
    size_t head = vectors && pixel_bytes < row_bytes ? pixel_bytes : row_bytes;
    apply_span(row, above, 0, head, pixel_bytes, type, filtered + 1);
    size_t done = head < row_bytes ? vectors(row, above, head, row_bytes, pixel_bytes, type, filtered + 1) : row_bytes;
    apply_span(row, above, done, row_bytes, pixel_bytes, type, filtered + 1);
    return type;
}
