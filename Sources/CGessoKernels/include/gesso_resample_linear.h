#ifndef GESSO_RESAMPLE_LINEAR_H
#define GESSO_RESAMPLE_LINEAR_H

#include <stddef.h>
#include <stdint.h>

// Rows of 8-bit samples to and from linear light in 16-bit samples, levels × 128 (0…32640), for the kernels of
// `gesso_kernels.h`. Table look-ups, the same on every instruction set.

/// Converts `count` pixels through `linear` (256 entries); with four channels, color is multiplied by alpha.
void gesso_load_linear(const uint8_t *source, int16_t *target, size_t count, int channels, const int16_t *linear);

/// Converts sums, here levels × 128, to rows of straight samples through `encode` (32641 entries): four rows, or 16 of
/// gray. Pixels whose alpha rounds to 0 become 0.
void gesso_store_linear(
    const int16_t *sums, uint8_t *const *rows, size_t count, int channels, const uint8_t *encode);

#endif
