// Mirrors and transposes images by the eight orientations of EXIF.

#include "gesso_orient.h"

#include "gesso_kernels.h"

#include <string.h>

#define DEFINE_MIRROR(bytes)                                                                                         \
    static void mirror_row##bytes(const uint8_t *source, uint8_t *target, size_t width) {                            \
        for (size_t x = 0; x < width; x++) memcpy(target + x * bytes, source + (width - 1 - x) * bytes, bytes);      \
    }

DEFINE_MIRROR(1)
DEFINE_MIRROR(2)
DEFINE_MIRROR(3)
DEFINE_MIRROR(4)
DEFINE_MIRROR(6)
DEFINE_MIRROR(8)

static void mirror_row(const uint8_t *source, uint8_t *target, size_t width, size_t bytes_per_pixel) {
    switch (bytes_per_pixel) {
    case 1: mirror_row1(source, target, width); break;
    case 2: mirror_row2(source, target, width); break;
    case 3: mirror_row3(source, target, width); break;
    case 4: mirror_row4(source, target, width); break;
    case 6: mirror_row6(source, target, width); break;
    case 8: mirror_row8(source, target, width); break;
    default: break;
    }
}

void gesso_orient(
    const uint8_t *source, size_t source_stride, size_t width, size_t height, size_t bytes_per_pixel, int orientation,
    uint8_t *target, size_t target_stride) {
    if (orientation >= 5) {
        gesso_kernels()->transpose(source, source_stride, width, height, bytes_per_pixel,
            orientation == 6 || orientation == 7, orientation == 7 || orientation == 8, target, target_stride);
        return;
    }
    for (size_t y = 0; y < height; y++) {
        const uint8_t *from = source + y * source_stride;
        uint8_t *to = target + (orientation >= 3 ? height - 1 - y : y) * target_stride;
        if (orientation == 2 || orientation == 3) {
            mirror_row(from, to, width, bytes_per_pixel);
        } else {
            memcpy(to, from, width * bytes_per_pixel);
        }
    }
}
