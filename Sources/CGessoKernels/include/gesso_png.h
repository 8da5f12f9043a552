#ifndef GESSO_PNG_H
#define GESSO_PNG_H

#include "gesso_simd.h"

#include <stddef.h>
#include <stdint.h>

// PNG's row filters (PNG 3rd edition, 9). A filtered row is one type byte (0 None, 1 Sub, 2 Up, 3 Average, 4 Paeth)
// and `row_bytes` bytes. `pixel_bytes` is the distance to the pixel on the left: 1, 2, 3, 4, 6 or 8.
// Every level gives the same bytes.

/// Reverses the filters of `rows` consecutive rows at `filtered`. Returns the number of rows done, which is smaller if
/// a row's type is not valid.
///
/// `pixels` may be before `filtered` in the same memory if, for each group of eight rows, the last byte written is
/// before the first of its filtered bytes; or be `filtered + 1` with a stride of `row_bytes + 1`. Up to 16 bytes after
/// the last filtered row are read; their values do not matter.
size_t gesso_png_unfilter(const uint8_t *filtered, size_t row_bytes, size_t rows, size_t pixel_bytes, uint8_t *pixels,
                          size_t stride, gesso_simd_level_t level);

/// Writes one filtered row. A `type` of 0...4 is used; -1 chooses the one with the lowest estimated cost: the sum of
/// 16 log2(1 + 4 m), rounded, where m is a byte's magnitude as a signed number, from 16 on that of the middle of each
/// group of sixteen. With the sum of magnitudes (PNG 3rd edition, 12.7), photographs with soft alpha become 1 to 3 %
/// larger. `above` is NULL for the first row. Returns the type used.
int gesso_png_filter(const uint8_t *row, const uint8_t *above, size_t row_bytes, size_t pixel_bytes, int type,
                     uint8_t *filtered, gesso_simd_level_t level);

/// The predictor of filter type 4.
static inline uint8_t gesso_png_paeth(int left, int up, int corner) {
    int from_left = up > corner ? up - corner : corner - up;
    int from_up = left > corner ? left - corner : corner - left;
    int sum = left + up - 2 * corner;
    int from_corner = sum < 0 ? -sum : sum;
    if (from_left <= from_up && from_left <= from_corner) return (uint8_t)left;
    return (uint8_t)(from_up <= from_corner ? up : corner);
}

#endif
