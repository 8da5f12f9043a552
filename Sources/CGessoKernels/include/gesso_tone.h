#ifndef GESSO_TONE_H
#define GESSO_TONE_H

#include <stddef.h>
#include <stdint.h>

/// Adds, for each 8-pixel wide block of one row of RGB, the count of kept pixels (keep == 255) and the sums of
/// `wanted`, of `found` and of the square of their difference's green share; `blocks` holds (width + 7) / 8 entries.
typedef struct {
    uint32_t count;
    uint32_t wanted[3];
    uint32_t found[3];
    uint32_t difference_square;
} gesso_tone_block_t;

void gesso_tone_blocks_row(const uint8_t *wanted, const uint8_t *found, const uint8_t *keep, size_t width,
                           gesso_tone_block_t *blocks);

/// Interpolates one row of `field_width` RGB corrections to `width` pixels, at the positions `start + x * step`, and
/// adds an offset; the fourth of four channels gets 0. ``gesso_kernels_t/tone_apply`` applies the result.
void gesso_tone_spread_row(const float *field, size_t field_width, const float offset[3], float start, float step,
                           size_t width, int channels, float *target);

#endif
