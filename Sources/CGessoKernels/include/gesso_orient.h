#ifndef GESSO_ORIENT_H
#define GESSO_ORIENT_H

#include <stddef.h>
#include <stdint.h>

/// Transforms stored pixels to upright ones: `orientation` is EXIF's 1…8 (tag 0x0112). `width` and `height` are the
/// source's; for 5…8 the target is `height` wide. Pixels have 1, 2, 3, 4, 6 or 8 bytes.
void gesso_orient(
    const uint8_t *source, size_t source_stride, size_t width, size_t height, size_t bytes_per_pixel, int orientation,
    uint8_t *target, size_t target_stride);

#endif
