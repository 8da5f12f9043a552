#include "kernel_sets.h"

// Plain C: the reference for all other sets, and the set for machines without one of their own.

static int16_t saturate16(int32_t value) {
    return (int16_t)(value < -32768 ? -32768 : value > 32767 ? 32767 : value);
}

static int16_t *sample_at(int16_t *target, size_t index, gesso_row_layout_t layout) {
    if (layout == GESSO_ROW_PLAIN) return target + index;
    // index = pixel × 4 + channel; a unit holds 32 samples of two pixels.
    size_t pixel = index / 4, channel = index % 4;
    return target + (pixel / 2) * 32 + channel * 2 + pixel % 2;
}

#define DEFINE_VERTICAL(bits, sample)                                                                                \
    void gesso_resample_vertical##bits##_scalar(                                                                     \
        const sample *const *rows, const gesso_row_weights_t *weights, size_t samples, int16_t *target,              \
        size_t row_step, gesso_row_layout_t layout) {                                                                \
        size_t end = (samples + 63) & ~(size_t)63;                                                                   \
        for (size_t start = 0; start < end; start += 64) {                                                           \
            for (int r = 0; r < 4; r++) {                                                                            \
                int32_t sums[64];                                                                                    \
                for (int i = 0; i < 64; i++) sums[i] = 1 << (weights->shift - 1);                                    \
                for (size_t k = 0; k < 2 * weights->pairs; k++) {                                                    \
                    if (!(weights->uses[k / 2] >> r & 1)) continue;                                                  \
                    int32_t weight = weights->weights[k / 2 * 8 + (size_t)r * 2 + k % 2];                            \
                    for (int i = 0; i < 64; i++) sums[i] += rows[k][start + i] * weight;                             \
                }                                                                                                    \
                int16_t *row = target + (size_t)r * row_step;                                                        \
                for (int i = 0; i < 64; i++) *sample_at(row, start + i, layout) = saturate16(sums[i] >> weights->shift);\
            }                                                                                                        \
        }                                                                                                            \
    }

DEFINE_VERTICAL(8, uint8_t)
DEFINE_VERTICAL(16, int16_t)

void gesso_resample_horizontal_scalar(
    const int16_t *strip, const int32_t *starts, const int32_t *counts, const int16_t *weights, size_t stride,
    int shift, size_t count, int16_t *sums) {
    for (size_t x = 0; x < count; x++, weights += stride, sums += 16) {
        const int16_t *unit = strip + (size_t)starts[x] * 32;
        int32_t total[16] = {0};
        for (int32_t k = 0; k < counts[x]; k++, unit += 32) {
            int32_t even = weights[2 * k], odd = weights[2 * k + 1];
            for (int line = 0; line < 16; line++) total[line] += unit[2 * line] * even + unit[2 * line + 1] * odd;
        }
        for (int line = 0; line < 16; line++) sums[line] = saturate16(total[line] >> shift);
    }
}

void gesso_pair_rgb_scalar(const int16_t *plain, int16_t *strip, size_t row, size_t count) {
    for (size_t x = 0; x < count; x++) {
        int16_t *target = strip + (x / 2) * 32 + row * 8 + x % 2;
        for (int c = 0; c < 3; c++) target[2 * c] = plain[3 * x + c];
        target[6] = 0;
    }
}

void gesso_pair_gray_scalar(const int16_t *plain, int16_t *strip, size_t row, size_t count) {
    for (size_t x = 0; x < count; x++) strip[(x / 2) * 32 + row * 2 + x % 2] = plain[x];
}

static uint8_t level(int16_t sum) {
    int32_t value = (sum + 32) >> 6;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void gesso_store_rgba_scalar(const int16_t *sums, uint8_t *const *rows, size_t count) {
    for (int row = 0; row < 4; row++) {
        for (size_t x = 0; x < count; x++) {
            for (int c = 0; c < 4; c++) rows[row][4 * x + c] = level(sums[x * 16 + row * 4 + c]);
        }
    }
}

void gesso_store_rgb_scalar(const int16_t *sums, uint8_t *const *rows, size_t count) {
    for (int row = 0; row < 4; row++) {
        for (size_t x = 0; x < count; x++) {
            for (int c = 0; c < 3; c++) rows[row][3 * x + c] = level(sums[x * 16 + row * 4 + c]);
        }
    }
}

void gesso_store_gray_scalar(const int16_t *sums, uint8_t *const *rows, size_t count) {
    for (int row = 0; row < 16; row++) {
        for (size_t x = 0; x < count; x++) rows[row][x] = level(sums[x * 16 + row]);
    }
}

void gesso_store_straight_scalar(const int16_t *sums, uint8_t *const *rows, size_t count) {
    for (int row = 0; row < 4; row++) {
        for (size_t x = 0; x < count; x++) {
            const int16_t *pixel = sums + x * 16 + row * 4;
            uint8_t *target = rows[row] + 4 * x;
            int32_t alpha = pixel[3] < 0 ? 0 : pixel[3] > 32640 ? 32640 : pixel[3];
            target[3] = (uint8_t)((alpha + 64) >> 7);
            for (int c = 0; c < 3; c++) {
                int32_t color = pixel[c] < 0 ? 0 : pixel[c] > alpha ? alpha : pixel[c];
                // Both are integers below 2^24, so only the division rounds, as IEEE 754 defines.
                target[c] = target[3] ? (uint8_t)((float)(color * 255) / (float)alpha + 0.5f) : 0;
            }
        }
    }
}

void gesso_premultiply16_scalar(const uint8_t *rgba, int16_t *target, size_t count) {
    for (size_t i = 0; i < count; i++, rgba += 4, target += 4) {
        uint32_t alpha = rgba[3];
        for (int c = 0; c < 3; c++) target[c] = (int16_t)(((rgba[c] * alpha + 1) * 32897u) >> 16);
        target[3] = (int16_t)(alpha * 128);
    }
}

int gesso_is_opaque_scalar(const uint8_t *rgba, size_t count) {
    uint8_t all = 255;
    for (size_t i = 0; i < count; i++) all &= rgba[4 * i + 3];
    return all == 255;
}
