#ifndef GESSO_CODECS_HEIF_SAMPLES_H
#define GESSO_CODECS_HEIF_SAMPLES_H

#include "gesso_heif.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Decoded planes of one size: gray, or red, green and blue. Samples of more than 8 bits take two bytes each.
typedef struct {
    const uint8_t *rows[3];
    size_t strides[3];
    int count;
    int bits;
    /// Whether black is 16 and white is 235, in 8 bits.
    int is_limited;
    uint32_t width, height;
} gesso_heif_planes;

/// Writes the part of the planes that lies in `image`, with their first sample at (x, y), and scales the samples.
void gesso_heif_put(const gesso_heif_planes *planes, int64_t x, int64_t y, int is_alpha, const gesso_codec_image *image);

/// Planes of 8 bits: Y, Cb, Cr and alpha; those that an image does not have are NULL.
typedef struct {
    uint8_t *rows[4];
    size_t strides[4];
    int halves_chroma;
} gesso_ycc_planes;

/// Converts 8-bit gray, RGB or RGBA with the coefficients of BT.601 and the full range. Subsampled chroma is that of the
/// mean of up to four pixels.
void gesso_heif_to_ycc(const gesso_codec_image *image, const gesso_ycc_planes *planes);

#ifdef __cplusplus
}
#endif

#endif
