// Resampling with NEON.

#if defined(__aarch64__)
#include "kernel_sets.h"

#include <arm_neon.h>
#include <string.h>

// Writes eight sums, shifted and narrowed, to their chunk: plain, or with even and odd pixels adjacent.
static inline void store_chunk(
    int16_t *target, int32x4_t low, int32x4_t high, int32x4_t by, gesso_row_layout_t layout) {
    int16x4_t first = vqmovn_s32(vshlq_s32(low, by)), second = vqmovn_s32(vshlq_s32(high, by));
    if (layout == GESSO_ROW_PAIRED) {
        int16x4x2_t pairs = vzip_s16(first, second);
        first = pairs.val[0];
        second = pairs.val[1];
    }
    vst1q_s16(target, vcombine_s16(first, second));
}

static inline void begin_sums(int32x4_t sums[4][4], int shift) {
    const int32x4_t half = vdupq_n_s32(1 << (shift - 1));
    for (int r = 0; r < 4; r++) {
        for (int i = 0; i < 4; i++) sums[r][i] = half;
    }
}

// Adds sixteen samples of one source row to the output rows that use it.
static inline void weigh(
    int32x4_t sums[4][4], int16x8_t low, int16x8_t high, const int16_t *weights, unsigned uses) {
    for (int r = 0; r < 4; r++) {
        if (!(uses >> r & 1)) continue;
        const int16_t weight = weights[2 * r];
        sums[r][0] = vmlal_n_s16(sums[r][0], vget_low_s16(low), weight);
        sums[r][1] = vmlal_high_n_s16(sums[r][1], low, weight);
        sums[r][2] = vmlal_n_s16(sums[r][2], vget_low_s16(high), weight);
        sums[r][3] = vmlal_high_n_s16(sums[r][3], high, weight);
    }
}

static inline void store_sums(
    int16_t *target, size_t row_step, size_t chunk, int32x4_t sums[4][4], int shift, gesso_row_layout_t layout) {
    const int32x4_t by = vdupq_n_s32(-shift);
    for (size_t r = 0; r < 4; r++) {
        for (size_t i = 0; i < 2; i++) {
            store_chunk(target + r * row_step + i * chunk, sums[r][2 * i], sums[r][2 * i + 1], by, layout);
        }
    }
}

void gesso_resample_vertical8_neon(
    const uint8_t *const *rows, const gesso_row_weights_t *weights, size_t samples, int16_t *target, size_t row_step,
    gesso_row_layout_t layout) {
    const size_t end = (samples + 63) & ~(size_t)63;
    const size_t chunk = layout == GESSO_ROW_PAIRED ? 32 : 8;
    for (size_t start = 0; start < end; start += 16, target += 2 * chunk) {
        int32x4_t sums[4][4];
        begin_sums(sums, weights->shift);
        for (size_t k = 0; k < 2 * weights->pairs; k++) {
            uint8x16_t bytes = vld1q_u8(rows[k] + start);
            int16x8_t low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes)));
            int16x8_t high = vreinterpretq_s16_u16(vmovl_high_u8(bytes));
            weigh(sums, low, high, weights->weights + k / 2 * 8 + k % 2, weights->uses[k / 2]);
        }
        store_sums(target, row_step, chunk, sums, weights->shift, layout);
    }
}

void gesso_resample_vertical16_neon(
    const int16_t *const *rows, const gesso_row_weights_t *weights, size_t samples, int16_t *target, size_t row_step,
    gesso_row_layout_t layout) {
    const size_t end = (samples + 63) & ~(size_t)63;
    const size_t chunk = layout == GESSO_ROW_PAIRED ? 32 : 8;
    for (size_t start = 0; start < end; start += 16, target += 2 * chunk) {
        int32x4_t sums[4][4];
        begin_sums(sums, weights->shift);
        for (size_t k = 0; k < 2 * weights->pairs; k++) {
            int16x8_t low = vld1q_s16(rows[k] + start), high = vld1q_s16(rows[k] + start + 8);
            weigh(sums, low, high, weights->weights + k / 2 * 8 + k % 2, weights->uses[k / 2]);
        }
        store_sums(target, row_step, chunk, sums, weights->shift, layout);
    }
}

void gesso_resample_horizontal_neon(
    const int16_t *strip, const int32_t *starts, const int32_t *counts, const int16_t *weights, size_t stride,
    int shift, size_t count, int16_t *sums) {
    const int32x4_t by = vdupq_n_s32(-shift);
    for (size_t x = 0; x < count; x++, weights += stride, sums += 16) {
        const int16_t *unit = strip + (size_t)starts[x] * 32;
        int32x4_t totals[8];
        for (int i = 0; i < 8; i++) totals[i] = vdupq_n_s32(0);
        for (int32_t k = 0; k < counts[x]; k++, unit += 32) {
            int32_t both;
            memcpy(&both, weights + 2 * k, 4);
            int16x8_t pair = vreinterpretq_s16_s32(vdupq_n_s32(both));
            for (int i = 0; i < 4; i++) {
                int16x8_t lines = vld1q_s16(unit + 8 * i);
                totals[2 * i] = vmlal_s16(totals[2 * i], vget_low_s16(lines), vget_low_s16(pair));
                totals[2 * i + 1] = vmlal_high_s16(totals[2 * i + 1], lines, pair);
            }
        }
        // The even and odd products of each line are adjacent.
        for (int i = 0; i < 4; i++) {
            vst1_s16(sums + 4 * i, vqmovn_s32(vshlq_s32(vpaddq_s32(totals[2 * i], totals[2 * i + 1]), by)));
        }
    }
}

void gesso_premultiply16_neon(const uint8_t *rgba, int16_t *target, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint8x8x4_t pixels = vld4_u8(rgba + 4 * i);
        int16x8x4_t result;
        for (int c = 0; c < 4; c++) {
            uint16x8_t product = vmull_u8(pixels.val[c], c == 3 ? vdup_n_u8(255) : pixels.val[3]);
            product = vaddq_u16(product, vdupq_n_u16(1));
            uint32x4_t low = vmull_n_u16(vget_low_u16(product), 32897);
            uint32x4_t high = vmull_high_n_u16(product, 32897);
            result.val[c] = vreinterpretq_s16_u16(vcombine_u16(vshrn_n_u32(low, 16), vshrn_n_u32(high, 16)));
        }
        vst4q_s16(target + 4 * i, result);
    }
    gesso_premultiply16_scalar(rgba + 4 * i, target + 4 * i, count - i);
}

int gesso_is_opaque_neon(const uint8_t *rgba, size_t count) {
    uint8x16_t all = vdupq_n_u8(255);
    size_t i = 0;
    for (; i + 4 <= count; i += 4) all = vandq_u8(all, vld1q_u8(rgba + 4 * i));
    uint8_t bytes[16];
    vst1q_u8(bytes, all);
    return gesso_is_opaque_scalar(bytes, 4) && gesso_is_opaque_scalar(rgba + 4 * i, count - i);
}

#endif
