#ifndef GESSO_RESAMPLE_FLOAT_H
#define GESSO_RESAMPLE_FLOAT_H

#include <stddef.h>
#include <stdint.h>

// Rows of 16-bit samples to and from float, premultiplied, 0…1, for `weigh_rows` and `weigh_pixels` of
// `gesso_kernels.h`.

/// `linear` maps a sample to linear light (65536 entries), or is NULL for the encoded sample over its maximum.
void gesso_load_row16(const uint16_t *source, float *target, size_t count, int channels, const float *linear);

/// The number of steps of a table for `gesso_store_row16`.
enum { GESSO_ENCODE_STEPS = 4096 };

/// Converts to straight samples, clamped. `encode` is NULL for encoded light; otherwise entry i is the encoded value of
/// linear light (i / 4096)², for i up to 4097, and values between two are interpolated: within 0.01 of a step of 65535.
void gesso_store_row16(const float *source, uint16_t *target, size_t count, int channels, const float *encode);

#endif
