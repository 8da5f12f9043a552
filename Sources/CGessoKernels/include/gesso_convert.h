#ifndef GESSO_CONVERT_H
#define GESSO_CONVERT_H

#include <stddef.h>
#include <stdint.h>

// Row conversions that are less critical for speed; see gesso_kernels.h for 8-bit layouts. `count` is in pixels unless
// it says samples; rows never overlap.

void gesso_widen_samples(const uint8_t *source, uint16_t *target, size_t samples);
/// round(v × 255 / 65535).
void gesso_narrow_samples(const uint16_t *source, uint8_t *target, size_t samples);

void gesso_gray_to_rgb16(const uint16_t *source, uint16_t *target, size_t count);
void gesso_gray_to_rgba16(const uint16_t *source, uint16_t *target, size_t count, uint16_t alpha);
void gesso_rgb_to_rgba16(const uint16_t *source, uint16_t *target, size_t count, uint16_t alpha);
void gesso_rgba_to_rgb16(const uint16_t *source, uint16_t *target, size_t count);

/// Whether every pixel's alpha is the maximum.
int gesso_is_opaque16(const uint16_t *rgba, size_t count);
/// alpha := (255 - coverage) × 257; color untouched.
void gesso_alpha_from_coverage16(const uint8_t *coverage, uint16_t *rgba, size_t count);
/// coverage := 255 - alpha.
void gesso_coverage_from_alpha8(const uint8_t *rgba, uint8_t *coverage, size_t count);
/// Composites over an opaque color, in encoded values: round((c × a + background × (max - a)) / max).
void gesso_flatten16(const uint16_t *rgba, uint16_t *rgb, size_t count, const uint16_t background[3]);

/// Fills `count` pixels of `bytes_per_pixel` bytes with one pixel.
void gesso_fill_pixels(uint8_t *target, const uint8_t *pixel, size_t bytes_per_pixel, size_t count);

#endif
