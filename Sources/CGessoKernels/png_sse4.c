// PNG row filters with SSE4.1.

#include "png_kernels.h"

#if defined(__x86_64__)

#define GESSO_PNG_SSE4
#include "png_vectors.h"

#include "png_filter_rows.h"
#include "png_unfilter_band.h"

TARGET void gesso_png_band4_sse4(const uint8_t *filtered, size_t row_bytes, size_t pixel_bytes, const uint8_t *up,
                                 uint8_t *pixels, size_t stride) {
    band_dispatch(filtered, row_bytes, pixel_bytes, up, pixels, stride);
}

TARGET size_t gesso_png_measure_sse4(const uint8_t *row, const uint8_t *above, size_t from, size_t to, size_t pixel_bytes,
                                   uint64_t sums[5]) {
    return measure_vectors(row, above, from, to, pixel_bytes, sums);
}

TARGET size_t gesso_png_apply_sse4(const uint8_t *row, const uint8_t *above, size_t from, size_t to, size_t pixel_bytes,
                                 int type, uint8_t *filtered) {
    return apply_vectors(row, above, from, to, pixel_bytes, type, filtered);
}

#endif
