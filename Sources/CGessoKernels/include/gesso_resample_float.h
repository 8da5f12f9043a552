#ifndef GESSO_RESAMPLE_FLOAT_H
#define GESSO_RESAMPLE_FLOAT_H

#include <stddef.h>
#include <stdint.h>

// Resampling in float, one row at a time: for 16-bit samples and for linear light. Rows are premultiplied, 0…1.

/// `linear` maps a sample to linear light (256 or 65536 entries), or is NULL for the encoded sample over its maximum.
void gesso_load_row8(const uint8_t *source, float *target, size_t count, int channels, const float *linear);
void gesso_load_row16(const uint16_t *source, float *target, size_t count, int channels, const float *linear);

/// sums[i] += weight × row[i].
void gesso_accumulate_row(float *sums, const float *row, float weight, size_t samples);

/// target pixel x = sum over k of weights[x × stride + k] × source pixel starts[x] + k, for counts[x] taps.
void gesso_resample_row(
    const float *source, float *target, size_t target_count, int channels, const int32_t *starts,
    const int32_t *counts, const float *weights, size_t stride);

/// Converts to straight samples, clamped; through `encode` (indexed by the upper 14 bits), or the sRGB curve if
/// `linear` is set.
void gesso_store_row8(const float *source, uint8_t *target, size_t count, int channels, const uint8_t *encode);
void gesso_store_row16(const float *source, uint16_t *target, size_t count, int channels, int linear);

#endif
