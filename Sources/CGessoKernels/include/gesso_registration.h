#ifndef GESSO_REGISTRATION_H
#define GESSO_REGISTRATION_H

#include <stddef.h>
#include <stdint.h>

/// One 8-bit plane: `height` rows of `stride` bytes.
typedef struct {
    const uint8_t *pixels;
    size_t stride;
    int32_t width;
    int32_t height;
} gesso_plane_t;

/// Half-open rectangle of pixels.
typedef struct {
    int32_t left, top, right, bottom;
} gesso_region_t;

/// The position in the moved image of a pixel of the reference: `(x - center) * scale + center + shift`.
typedef struct {
    double shift_x, shift_y, scale, center_x, center_y;
} gesso_motion_t;

/// The normal equations of one Gauss-Newton step for (shift x, shift y, scale, gain, offset): of moved ≈ gain ·
/// reference + offset. With s the reference, v the moved image and w the weights, `matrix[3][3]` is Σws², `[3][4]`
/// Σws, `[4][4]` Σw, `target[3]` Σwsv and `target[4]` Σwv; a correlation is computed from these.
typedef struct {
    double matrix[5][5];
    double target[5];
    /// The weighted sum of squares of the moved image.
    double moved_square;
    /// The number of pixels included.
    int64_t count;
} gesso_alignment_sums_t;

#endif
