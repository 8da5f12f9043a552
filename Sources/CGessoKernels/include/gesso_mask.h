#ifndef GESSO_MASK_H
#define GESSO_MASK_H

#include <stddef.h>
#include <stdint.h>

/// a[i] = 255 - a[i].
void gesso_invert(uint8_t *row, size_t count);
/// The mean over `2 × radius + 1` neighbors, beyond the ends as the nearest end; 16-bit samples, rounded.
/// `radius` is below 4096.
void gesso_box_blur_row(const uint16_t *source, uint16_t *target, size_t count, size_t radius);
/// The same along the columns of a block of `height` rows of `width` ≤ 64 samples, with rows 64 samples apart.
void gesso_box_blur_columns(const uint16_t *source, uint16_t *target, size_t width, size_t height, size_t radius);

/// Coverage from luminance (Rec. 709 weights on encoded samples) times alpha if there is one; `black` inverts the
/// luminance first.
void gesso_coverage_from_luminance8(const uint8_t *row, uint8_t *coverage, size_t count, int channels, int black);

#endif
