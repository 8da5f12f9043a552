#ifndef GESSO_PNG_KIND_H
#define GESSO_PNG_KIND_H

#include "report.h"

/// The form in which a PNG stores an image: the content of IHDR, PLTE and tRNS. Depth and channels are the image's.
typedef struct {
    /// 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGBA.
    int color_type;
    /// Palettes: RGBA, those that are not opaque first.
    uint8_t palette[256][4];
    int colors;
    int transparent_colors;
} gesso_png_kind;

static inline size_t gesso_png_row_bytes(const gesso_codec_image *image) {
    return ((size_t)image->width * (size_t)(image->channels * image->bits) + 7) / 8;
}

/// Encodes rows in the form of `kind`: `image` has 1 to 4 channels of 1, 2, 4, 8 or 16 bits; samples of less than 8
/// bits are packed as in PNG.
void gesso_png_encode_as(const gesso_codec_image *image, const gesso_png_kind *kind, int effort,
                         const uint8_t *profile, size_t profile_count, const gesso_codec_watch *watch,
                         gesso_codec_output *output, gesso_codec_report *report);

#endif
