#include "gesso_turn.h"

#include <string.h>

// Diagonal turns read columns; in tiles of this side both the rows read and the rows written stay in the first cache.
enum { tile = 32 };

#define DEFINE_TURN(bytes)                                                                                           \
    static void mirror_row##bytes(const uint8_t *source, uint8_t *target, size_t width) {                            \
        for (size_t x = 0; x < width; x++) memcpy(target + x * bytes, source + (width - 1 - x) * bytes, bytes);      \
    }                                                                                                                \
    static void transpose##bytes(                                                                                    \
        const uint8_t *source, size_t source_stride, size_t width, size_t height, int flip_x, int flip_y,            \
        uint8_t *target, size_t target_stride) {                                                                     \
        for (size_t y0 = 0; y0 < height; y0 += tile) {                                                               \
            size_t y1 = y0 + tile < height ? y0 + tile : height;                                                     \
            for (size_t x0 = 0; x0 < width; x0 += tile) {                                                            \
                size_t x1 = x0 + tile < width ? x0 + tile : width;                                                   \
                for (size_t x = x0; x < x1; x++) {                                                                   \
                    uint8_t *row = target + (flip_y ? width - 1 - x : x) * target_stride;                            \
                    for (size_t y = y0; y < y1; y++) {                                                               \
                        memcpy(row + (flip_x ? height - 1 - y : y) * bytes,                                          \
                            source + y * source_stride + x * bytes, bytes);                                          \
                    }                                                                                                \
                }                                                                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }                                                                                                                \
    static void turn##bytes(                                                                                         \
        const uint8_t *source, size_t source_stride, size_t width, size_t height, int orientation,                   \
        uint8_t *target, size_t target_stride) {                                                                     \
        if (orientation >= 5) {                                                                                      \
            transpose##bytes(source, source_stride, width, height, orientation == 6 || orientation == 7,             \
                orientation == 7 || orientation == 8, target, target_stride);                                        \
            return;                                                                                                  \
        }                                                                                                            \
        for (size_t y = 0; y < height; y++) {                                                                        \
            size_t row = orientation >= 3 ? height - 1 - y : y;                                                      \
            const uint8_t *from = source + y * source_stride;                                                        \
            if (orientation == 2 || orientation == 3) {                                                              \
                mirror_row##bytes(from, target + row * target_stride, width);                                        \
            } else {                                                                                                 \
                memcpy(target + row * target_stride, from, width * bytes);                                           \
            }                                                                                                        \
        }                                                                                                            \
    }

DEFINE_TURN(1)
DEFINE_TURN(2)
DEFINE_TURN(3)
DEFINE_TURN(4)
DEFINE_TURN(6)
DEFINE_TURN(8)

void gesso_turn(
    const uint8_t *source, size_t source_stride, size_t width, size_t height, size_t bytes_per_pixel, int orientation,
    uint8_t *target, size_t target_stride) {
    switch (bytes_per_pixel) {
    case 1: turn1(source, source_stride, width, height, orientation, target, target_stride); break;
    case 2: turn2(source, source_stride, width, height, orientation, target, target_stride); break;
    case 3: turn3(source, source_stride, width, height, orientation, target, target_stride); break;
    case 4: turn4(source, source_stride, width, height, orientation, target, target_stride); break;
    case 6: turn6(source, source_stride, width, height, orientation, target, target_stride); break;
    case 8: turn8(source, source_stride, width, height, orientation, target, target_stride); break;
    default: break;
    }
}
