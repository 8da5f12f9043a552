// Transposes blocks of pixels in plain C.

#include "kernel_sets.h"

#include <string.h>

// In tiles of this side, the rows read and the rows written stay in the first-level cache.
enum { tile = 32 };

#define DEFINE_TRANSPOSE(bytes)                                                                                      \
    static void transpose##bytes(                                                                                    \
        const uint8_t *source, size_t source_stride, size_t width, size_t height, int flip_columns, int flip_rows,   \
        uint8_t *target, size_t target_stride) {                                                                     \
        for (size_t y0 = 0; y0 < height; y0 += tile) {                                                               \
            size_t y1 = y0 + tile < height ? y0 + tile : height;                                                     \
            for (size_t x0 = 0; x0 < width; x0 += tile) {                                                            \
                size_t x1 = x0 + tile < width ? x0 + tile : width;                                                   \
                for (size_t x = x0; x < x1; x++) {                                                                   \
                    uint8_t *row = target + (flip_rows ? width - 1 - x : x) * target_stride;                         \
                    for (size_t y = y0; y < y1; y++) {                                                               \
                        memcpy(row + (flip_columns ? height - 1 - y : y) * bytes,                                    \
                            source + y * source_stride + x * bytes, bytes);                                          \
                    }                                                                                                \
                }                                                                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }

DEFINE_TRANSPOSE(1)
DEFINE_TRANSPOSE(2)
DEFINE_TRANSPOSE(3)
DEFINE_TRANSPOSE(4)
DEFINE_TRANSPOSE(6)
DEFINE_TRANSPOSE(8)

void gesso_transpose_scalar(
    const uint8_t *source, size_t source_stride, size_t width, size_t height, size_t bytes_per_pixel,
    int flip_columns, int flip_rows, uint8_t *target, size_t target_stride) {
#define CASE(bytes)                                                                                                  \
    case bytes:                                                                                                      \
        transpose##bytes(                                                                                            \
            source, source_stride, width, height, flip_columns, flip_rows, target, target_stride);                   \
        break
    switch (bytes_per_pixel) {
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(6);
        CASE(8);
    default: break;
    }
}
