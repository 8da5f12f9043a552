// Stores resampled sums as pixels with NEON.

#if defined(__aarch64__)
#include "kernel_sets.h"

#include <arm_neon.h>
#include <string.h>

void gesso_pair_rgb_neon(const int16_t *plain, int16_t *strip, size_t row, size_t count) {
    const uint8_t order[16] = {0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, 255, 255, 255, 255};
    const uint8x16_t pairs = vld1q_u8(order);
    size_t x = 0;
    // A load reads two samples more than its two pixels.
    for (; x + 3 <= count; x += 2) {
        uint8x16_t samples = vreinterpretq_u8_s16(vld1q_s16(plain + 3 * x));
        vst1q_s16(strip + x * 16 + row * 8, vreinterpretq_s16_u8(vqtbl1q_u8(samples, pairs)));
    }
    gesso_pair_rgb_scalar(plain + 3 * x, strip + x * 16, row, count - x);
}

void gesso_pair_gray_neon(const int16_t *plain, int16_t *strip, size_t row, size_t count) {
    size_t x = 0;
    for (; x + 2 <= count; x += 2) memcpy(strip + x * 16 + row * 2, plain + x, 4);
    gesso_pair_gray_scalar(plain + x, strip + x * 16, row, count - x);
}

// Converts sixteen sums to bytes.
static inline uint8x16_t levels(const int16_t *sums) {
    return vcombine_u8(vqrshrun_n_s16(vld1q_s16(sums), 6), vqrshrun_n_s16(vld1q_s16(sums + 8), 6));
}

// Reorders four pixels of four rows from pixel by pixel to row by row.
static inline void transpose_pixels(uint8x16_t p[4]) {
    uint32x4_t a = vzip1q_u32(vreinterpretq_u32_u8(p[0]), vreinterpretq_u32_u8(p[2]));
    uint32x4_t b = vzip2q_u32(vreinterpretq_u32_u8(p[0]), vreinterpretq_u32_u8(p[2]));
    uint32x4_t c = vzip1q_u32(vreinterpretq_u32_u8(p[1]), vreinterpretq_u32_u8(p[3]));
    uint32x4_t d = vzip2q_u32(vreinterpretq_u32_u8(p[1]), vreinterpretq_u32_u8(p[3]));
    p[0] = vreinterpretq_u8_u32(vzip1q_u32(a, c));
    p[1] = vreinterpretq_u8_u32(vzip2q_u32(a, c));
    p[2] = vreinterpretq_u8_u32(vzip1q_u32(b, d));
    p[3] = vreinterpretq_u8_u32(vzip2q_u32(b, d));
}

static void rest_of_rows(
    void (*store)(const int16_t *, uint8_t *const *, size_t), const int16_t *sums, uint8_t *const *rows, size_t done,
    size_t count, size_t channels) {
    uint8_t *rest[4];
    for (int row = 0; row < 4; row++) rest[row] = rows[row] + done * channels;
    store(sums + done * 16, rest, count - done);
}

void gesso_store_rgba_neon(const int16_t *sums, uint8_t *const *rows, size_t count) {
    size_t x = 0;
    for (; x + 4 <= count; x += 4) {
        uint8x16_t pixels[4];
        for (int i = 0; i < 4; i++) pixels[i] = levels(sums + (x + i) * 16);
        transpose_pixels(pixels);
        for (int row = 0; row < 4; row++) vst1q_u8(rows[row] + 4 * x, pixels[row]);
    }
    rest_of_rows(gesso_store_rgba_scalar, sums, rows, x, count, 4);
}

void gesso_store_rgb_neon(const int16_t *sums, uint8_t *const *rows, size_t count) {
    const uint8_t order[16] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255};
    const uint8x16_t squeeze = vld1q_u8(order);
    size_t x = 0;
    // Each store writes four bytes after its pixels, into the next ones of this row.
    for (; x + 6 <= count; x += 4) {
        uint8x16_t pixels[4];
        for (int i = 0; i < 4; i++) pixels[i] = levels(sums + (x + i) * 16);
        transpose_pixels(pixels);
        for (int row = 0; row < 4; row++) vst1q_u8(rows[row] + 3 * x, vqtbl1q_u8(pixels[row], squeeze));
    }
    rest_of_rows(gesso_store_rgb_scalar, sums, rows, x, count, 3);
}

// The straight levels of one pixel's four sums as 16-bit integers.
static inline uint16x4_t straight_pixel(int16x4_t sums) {
    int32x4_t all = vmovl_s16(sums), zero = vdupq_n_s32(0);
    int32x4_t alpha = vminq_s32(vmaxq_s32(vdupq_laneq_s32(all, 3), zero), vdupq_n_s32(32640));
    int32x4_t color = vminq_s32(vmaxq_s32(all, zero), alpha);
    int32x4_t scaled = vsubq_s32(vshlq_n_s32(color, 8), color);
    float32x4_t quotient = vdivq_f32(vcvtq_f32_s32(scaled), vcvtq_f32_s32(alpha));
    int32x4_t levels = vcvtq_s32_f32(vaddq_f32(quotient, vdupq_n_f32(0.5f)));
    int32x4_t alpha8 = vshrq_n_s32(vaddq_s32(alpha, vdupq_n_s32(64)), 7);
    // 0 / 0 is NaN, but alpha8 is 0 then.
    levels = vcopyq_laneq_s32(levels, 3, alpha8, 3);
    return vmovn_u32(vbicq_u32(vreinterpretq_u32_s32(levels), vceqq_s32(alpha8, zero)));
}

void gesso_store_straight_neon(const int16_t *sums, uint8_t *const *rows, size_t count) {
    size_t x = 0;
    for (; x + 2 <= count; x += 2) {
        for (int row = 0; row < 4; row++) {
            const int16_t *from = sums + x * 16 + row * 4;
            uint16x8_t pair = vcombine_u16(straight_pixel(vld1_s16(from)), straight_pixel(vld1_s16(from + 16)));
            vst1_u8(rows[row] + 4 * x, vmovn_u16(pair));
        }
    }
    rest_of_rows(gesso_store_straight_scalar, sums, rows, x, count, 4);
}

void gesso_store_gray_neon(const int16_t *sums, uint8_t *const *rows, size_t count) {
    size_t x = 0;
    for (; x + 16 <= count; x += 16) {
        uint8x16_t a[16], b[16];
        for (int i = 0; i < 16; i++) a[i] = levels(sums + (x + i) * 16);
        // Four rounds of pairing i with i + 8 transpose the matrix.
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 8; i++) {
                b[2 * i] = vzip1q_u8(a[i], a[i + 8]);
                b[2 * i + 1] = vzip2q_u8(a[i], a[i + 8]);
            }
            memcpy(a, b, sizeof a);
        }
        for (int row = 0; row < 16; row++) vst1q_u8(rows[row] + x, a[row]);
    }
    uint8_t *rest[16];
    for (int row = 0; row < 16; row++) rest[row] = rows[row] + x;
    gesso_store_gray_scalar(sums + x * 16, rest, count - x);
}

#endif
