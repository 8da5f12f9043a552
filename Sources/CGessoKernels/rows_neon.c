// Conversions of 8-bit rows with NEON.

#if defined(__aarch64__)
#include "kernel_sets.h"

#include <arm_neon.h>

void gesso_gray_to_rgb_neon(const uint8_t *source, uint8_t *target, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        uint8x16_t gray = vld1q_u8(source + i);
        uint8x16x3_t pixels = {{gray, gray, gray}};
        vst3q_u8(target + 3 * i, pixels);
    }
    gesso_gray_to_rgb_scalar(source + i, target + 3 * i, count - i);
}

void gesso_gray_to_rgba_neon(const uint8_t *source, uint8_t *target, size_t count, uint8_t alpha) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        uint8x16_t gray = vld1q_u8(source + i);
        uint8x16x4_t pixels = {{gray, gray, gray, vdupq_n_u8(alpha)}};
        vst4q_u8(target + 4 * i, pixels);
    }
    gesso_gray_to_rgba_scalar(source + i, target + 4 * i, count - i, alpha);
}

void gesso_rgb_to_rgba_neon(const uint8_t *source, uint8_t *target, size_t count, uint8_t alpha) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        uint8x16x3_t rgb = vld3q_u8(source + 3 * i);
        uint8x16x4_t pixels = {{rgb.val[0], rgb.val[1], rgb.val[2], vdupq_n_u8(alpha)}};
        vst4q_u8(target + 4 * i, pixels);
    }
    gesso_rgb_to_rgba_scalar(source + 3 * i, target + 4 * i, count - i, alpha);
}

void gesso_rgba_to_rgb_neon(const uint8_t *source, uint8_t *target, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        uint8x16x4_t rgba = vld4q_u8(source + 4 * i);
        uint8x16x3_t pixels = {{rgba.val[0], rgba.val[1], rgba.val[2]}};
        vst3q_u8(target + 3 * i, pixels);
    }
    gesso_rgba_to_rgb_scalar(source + 4 * i, target + 3 * i, count - i);
}

void gesso_flatten_neon(const uint8_t *rgba, uint8_t *rgb, size_t count, const uint8_t background[3]) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint8x8x4_t pixels = vld4_u8(rgba + 4 * i);
        uint8x8x3_t flat;
        for (int c = 0; c < 3; c++) {
            uint16x8_t sum = vmull_u8(pixels.val[c], pixels.val[3]);
            sum = vmlal_u8(sum, vdup_n_u8(background[c]), vmvn_u8(pixels.val[3]));
            sum = vaddq_u16(sum, vdupq_n_u16(128));
            flat.val[c] = vshrn_n_u16(vsraq_n_u16(sum, sum, 8), 8);
        }
        vst3_u8(rgb + 3 * i, flat);
    }
    gesso_flatten_scalar(rgba + 4 * i, rgb + 3 * i, count - i, background);
}

void gesso_alpha_from_coverage_neon(const uint8_t *coverage, uint8_t *rgba, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        uint8x16x4_t pixels = vld4q_u8(rgba + 4 * i);
        pixels.val[3] = vmvnq_u8(vld1q_u8(coverage + i));
        vst4q_u8(rgba + 4 * i, pixels);
    }
    gesso_alpha_from_coverage_scalar(coverage + i, rgba + 4 * i, count - i);
}

size_t gesso_run_length_neon(const uint8_t *bytes, uint8_t value, size_t count) {
    const uint8x16_t wanted = vdupq_n_u8(value);
    size_t i = 0;
    while (i + 16 <= count && vminvq_u8(vceqq_u8(vld1q_u8(bytes + i), wanted)) == 255) i += 16;
    return i + gesso_run_length_scalar(bytes + i, value, count - i);
}

size_t gesso_count_equal_neon(const uint8_t *bytes, uint8_t value, size_t count) {
    const uint8x16_t wanted = vdupq_n_u8(value);
    size_t i = 0, found = 0;
    for (; i + 16 <= count; i += 16) {
        found += vaddvq_u8(vshrq_n_u8(vceqq_u8(vld1q_u8(bytes + i), wanted), 7));
    }
    return found + gesso_count_equal_scalar(bytes + i, value, count - i);
}

void gesso_max_into_neon(uint8_t *target, const uint8_t *other, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) vst1q_u8(target + i, vmaxq_u8(vld1q_u8(target + i), vld1q_u8(other + i)));
    gesso_max_into_scalar(target + i, other + i, count - i);
}

void gesso_difference_neon(
    const uint8_t *a, const uint8_t *b, const uint8_t *coverage, size_t count, int channels, uint8_t *largest) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        uint8x16_t most;
        if (channels == 4) {
            uint8x16x4_t left = vld4q_u8(a + 4 * i), right = vld4q_u8(b + 4 * i);
            most = vabdq_u8(left.val[0], right.val[0]);
            for (int c = 1; c < 4; c++) most = vmaxq_u8(most, vabdq_u8(left.val[c], right.val[c]));
        } else if (channels == 3) {
            uint8x16x3_t left = vld3q_u8(a + 3 * i), right = vld3q_u8(b + 3 * i);
            most = vabdq_u8(left.val[0], right.val[0]);
            for (int c = 1; c < 3; c++) most = vmaxq_u8(most, vabdq_u8(left.val[c], right.val[c]));
        } else {
            most = vabdq_u8(vld1q_u8(a + i), vld1q_u8(b + i));
        }
        vst1q_u8(largest + i, vandq_u8(most, vceqzq_u8(vld1q_u8(coverage + i))));
    }
    gesso_difference_scalar(
        a + i * (size_t)channels, b + i * (size_t)channels, coverage + i, count - i, channels, largest + i);
}

#endif
