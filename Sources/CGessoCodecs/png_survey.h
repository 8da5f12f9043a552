#ifndef GESSO_CODECS_PNG_SURVEY_H
#define GESSO_CODECS_PNG_SURVEY_H

#include <gesso_codecs.h>

// What decides the smallest form of a PNG: the number of colors, and whether the pixels are opaque or gray. Each
// function stops at the first row that decides it; gesso_png_is_gray is in gesso_codecs.h.

enum { GESSO_PNG_SLOTS = 1024 };

/// The colors of an image, at most 256, found by hashing.
typedef struct {
    /// RGBA as one number, in the order of appearance.
    uint32_t colors[256];
    int count;
    /// 1 + the index of the color in this slot; 0 if it is empty.
    uint16_t slots[GESSO_PNG_SLOTS];
} gesso_png_colors;

/// Whether all pixels are opaque.
int gesso_png_is_opaque(const gesso_codec_image *image);
/// The fewest bits that hold the first channel of 8 bits exactly: 1, 2, 4 or 8.
int gesso_png_gray_bits(const gesso_codec_image *image);
/// Counts the colors of an 8-bit image with 3 or 4 channels; 0 if there are more than `most`, at most 256.
int gesso_png_count_colors(const gesso_codec_image *image, int most, gesso_png_colors *colors);
/// The index of a color, which must be in the table.
int gesso_png_color_index(const gesso_png_colors *colors, uint32_t color);

/// The pixel at `sample`, opaque if it has no alpha.
static inline uint32_t gesso_png_color(const uint8_t *sample, int channels) {
    uint32_t alpha = channels == 4 ? sample[3] : 255;
    return (uint32_t)sample[0] | (uint32_t)sample[1] << 8 | (uint32_t)sample[2] << 16 | alpha << 24;
}

#endif
