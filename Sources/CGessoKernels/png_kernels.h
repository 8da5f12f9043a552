// The kernels behind the row filters of PNG.

#ifndef GESSO_PNG_KERNELS_H
#define GESSO_PNG_KERNELS_H

#include "gesso_png.h"

/// Processes the bytes `from`..<`to` of one row; `up` may be NULL. The type is valid.
void gesso_png_unfilter_span(int type, const uint8_t *from_bytes, uint8_t *to_bytes, const uint8_t *up, size_t from,
                             size_t to, size_t pixel_bytes);

/// Processes one group of rows, all with valid types and with a row above them. Returns the number of rows in a group.
/// `pixel_bytes` is 1 to 4, and a row has at least 32 pixels.
typedef void gesso_png_band(const uint8_t *filtered, size_t row_bytes, size_t pixel_bytes, const uint8_t *up,
                            uint8_t *pixels, size_t stride);

/// The approximate cost of a filtered byte in sixteenths of a bit: 16 log2(1 + 4 m) of its magnitude m as a signed
/// number; from 16 on that of the middle of each group of sixteen. Most bytes are small, and the cost of small ones is
/// much less than proportional to their magnitude.
static const uint8_t gesso_png_small_costs[16] = {0, 37, 51, 59, 65, 70, 74, 78, 81, 83, 86, 88, 90, 92, 93, 95};
static const uint8_t gesso_png_large_costs[16] = {0, 106, 117, 125, 131, 135, 139, 143, 144};

static inline uint8_t gesso_png_cost(uint8_t filtered) {
    unsigned magnitude = filtered < 128 ? filtered : 256u - filtered;
    return magnitude < 16 ? gesso_png_small_costs[magnitude] : gesso_png_large_costs[magnitude / 16];
}

/// Sums the costs for the types 0 to 4, and applies one type, from byte `from` on, which is not in the first pixel.
/// Both return the offset reached; the rest before `to` is shorter than a vector.
typedef size_t gesso_png_measure(const uint8_t *row, const uint8_t *above, size_t from, size_t to, size_t pixel_bytes,
                               uint64_t sums[5]);
typedef size_t gesso_png_apply(const uint8_t *row, const uint8_t *above, size_t from, size_t to, size_t pixel_bytes,
                             int type, uint8_t *filtered);

#if defined(__x86_64__)
gesso_png_band gesso_png_band4_sse4, gesso_png_band8_avx2;
gesso_png_measure gesso_png_measure_sse4, gesso_png_measure_avx2;
gesso_png_apply gesso_png_apply_sse4, gesso_png_apply_avx2;
#elif defined(__aarch64__)
gesso_png_band gesso_png_band4_neon;
gesso_png_measure gesso_png_measure_neon;
gesso_png_apply gesso_png_apply_neon;
#endif

#endif
