#ifndef GESSO_CODECS_JPEG_WINDOW_H
#define GESSO_CODECS_JPEG_WINDOW_H

#include "gesso_jpeg_patch.h"

/// A window of the upright image, read by the coordinates of the stored image without transforming pixels.
typedef struct {
    const uint8_t *pixels;
    const uint8_t *weights;
    int channels;
    /// The byte of stored pixel (x, y) is at `origin + x * step_x + y * step_y`.
    ptrdiff_t pixel_origin, pixel_step_x, pixel_step_y;
    ptrdiff_t weight_origin, weight_step_x, weight_step_y;
    /// The bounding box of the stored pixels of weight above 0; right and bottom are exclusive, all 0 if there are
    /// none.
    uint32_t left, top, right, bottom;
} gesso_jpeg_window;

/// 0 if the window is not inside a stored image of that size, or the orientation is invalid.
int gesso_jpeg_window_open(gesso_jpeg_window *window, const gesso_jpeg_replacement *replacement, uint32_t stored_width,
                           uint32_t stored_height);

/// A component as a weighted sum of a pixel's channels, centered on 0.
typedef struct {
    float red, green, blue, offset;
} gesso_jpeg_mix;

/// The pixels of a box of the stored image that have a weight above 0.
typedef struct {
    /// The sum of the blended pixels, the sum of their weights (1 is full), and their number.
    float sum, weight;
    int count;
} gesso_jpeg_box_sum;

/// The box is clipped to the window.
gesso_jpeg_box_sum gesso_jpeg_window_sum(const gesso_jpeg_window *window, const gesso_jpeg_mix *mix, uint32_t left,
                                         uint32_t top, uint32_t right, uint32_t bottom);

#endif
