#ifndef GESSO_CODECS_JPEG_BLOCK_H
#define GESSO_CODECS_JPEG_BLOCK_H

#include <stddef.h>
#include <stdint.h>

// The discrete cosine transform of ITU-T T.81 A.3.3 in floating point. Nothing is clamped or rounded before
// quantization, so the inverse and the forward transform of a block give the same coefficients.

/// The samples of a block, centered on 0, in eight rows that begin `stride` samples apart.
void gesso_jpeg_block_decode(const int16_t *coefficients, const uint16_t *quantizers, float *samples, size_t stride);
/// The coefficients of such samples, each rounded to the nearest level that a file of 8-bit samples can hold.
void gesso_jpeg_block_encode(const float *samples, size_t stride, const uint16_t *quantizers, int16_t *coefficients);

#endif
