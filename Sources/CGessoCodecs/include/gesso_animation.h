#ifndef GESSO_ANIMATION_H
#define GESSO_ANIMATION_H

#include "gesso_codecs.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Draws a frame onto a canvas, both RGBA of 8 bits, with its first pixel at (x, y); what lies outside is left out. With
/// `blends` over the canvas, rounded; otherwise in place of it.
void gesso_animation_draw(const gesso_codec_image *canvas, const gesso_codec_image *frame, int64_t x, int64_t y,
                          int blends);

/// Makes a rectangle of the canvas transparent black.
void gesso_animation_clear(const gesso_codec_image *canvas, int64_t x, int64_t y, uint32_t width, uint32_t height);

/// An animated WebP that is being written.
typedef struct gesso_webp_animation gesso_webp_animation;

typedef struct {
    uint32_t width, height;
    /// How often it is played; 0 for without end.
    int plays;
    /// As for gesso_webp_encode.
    int lossless, quality, method, fidelity;
} gesso_webp_animation_options;

/// NULL on failure, with the reason in `report`.
gesso_webp_animation *gesso_webp_animation_begin(const gesso_webp_animation_options *options,
                                                 gesso_codec_report *report);

/// Adds a frame, RGB or RGBA of 8 bits in the size of the animation, which is shown from `milliseconds` on; not before the
/// frame added before it. Encodes the one added before.
void gesso_webp_animation_add(gesso_webp_animation *animation, const gesso_codec_image *frame, int32_t milliseconds,
                              const gesso_codec_watch *watch, gesso_codec_report *report);

/// The file, whose last frame is shown until `milliseconds`. May encode a single frame once more.
void gesso_webp_animation_finish(gesso_webp_animation *animation, int32_t milliseconds, const gesso_codec_watch *watch,
                                 gesso_codec_output *output, gesso_codec_report *report);

void gesso_webp_animation_free(gesso_webp_animation *animation);

#ifdef __cplusplus
}
#endif

#endif
