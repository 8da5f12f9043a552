// PNG row filters with NEON.

#include "png_kernels.h"

#if defined(__aarch64__)

#define GESSO_PNG_NEON
#include "png_vectors.h"

#include "png_filter_rows.h"
#include "png_unfilter_band.h"

TARGET void gesso_png_band4_neon(const uint8_t *filtered, size_t row_bytes, size_t pixel_bytes, const uint8_t *up,
                                 uint8_t *pixels, size_t stride) {
    band_dispatch(filtered, row_bytes, pixel_bytes, up, pixels, stride);
}

TARGET size_t gesso_png_measure_neon(const uint8_t *row, const uint8_t *above, size_t from, size_t to, size_t pixel_bytes,
                                   uint64_t sums[5]) {
    return measure_vectors(row, above, from, to, pixel_bytes, sums);
}

TARGET size_t gesso_png_apply_neon(const uint8_t *row, const uint8_t *above, size_t from, size_t to, size_t pixel_bytes,
                                 int type, uint8_t *filtered) {
    return apply_vectors(row, above, from, to, pixel_bytes, type, filtered);
}

#endif
