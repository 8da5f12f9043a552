#ifndef GESSO_REGISTER_H
#define GESSO_REGISTER_H

#include <stddef.h>
#include <stdint.h>

/// One 8-bit plane: `height` rows of `stride` bytes.
typedef struct {
    const uint8_t *pixels;
    size_t stride;
    int32_t width;
    int32_t height;
} gesso_plane_t;

/// Half-open rectangle of pixels, visited every `step` pixels in both directions.
typedef struct {
    int32_t left, top, right, bottom, step;
} gesso_region_t;

/// Where a pixel of the reference lies on the moved picture: `(x - centre) * scale + centre + shift`.
typedef struct {
    double shift_x, shift_y, scale, centre_x, centre_y;
} gesso_motion_t;

/// The normal equations of one Gauss-Newton step for (shift x, shift y, scale, gain, offset), and what was seen.
typedef struct {
    double matrix[5][5];
    double target[5];
    /// Of gain * reference + offset - moved, at the motion that was given.
    double absolute_residual;
    double reference_sum, reference_square, moved_sum, moved_square, product_sum;
    int64_t count;
} gesso_alignment_sums_t;

/// Sums the equations over a region of the reference. Pixels where `keep` is below 255 are left out (NULL keeps all),
/// so are those whose neighbourhood on the moved picture lies outside. Residuals over `limit` levels weigh less (Huber).
void gesso_alignment_sums(gesso_plane_t reference, gesso_plane_t moved, const uint8_t *keep, size_t keep_stride,
                          gesso_region_t region, gesso_motion_t motion, double gain, double offset, double limit,
                          gesso_alignment_sums_t *sums);

/// The structure tensor of a region: sums of gx², gx·gy and gy² of central differences; 0 when a pixel is not kept.
int gesso_structure_tensor(gesso_plane_t plane, const uint8_t *keep, size_t keep_stride, gesso_region_t region,
                           int64_t tensor[3]);

#endif
