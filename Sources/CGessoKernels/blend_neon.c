#if defined(__aarch64__)
#include "kernel_sets.h"
#include "srgb.h"

#include <arm_neon.h>
#include <string.h>

// Blending in linear light, 16 samples at a time; see srgb.h.

typedef struct {
    uint16x8_t low, high;
} pair;

static inline pair widened(uint8x16_t low, uint8x16_t high) {
    return (pair){vreinterpretq_u16_u8(vzip1q_u8(low, high)), vreinterpretq_u16_u8(vzip2q_u8(low, high))};
}

static inline uint8x16_t entry16(const uint8_t *table, uint8x16_t index) { return vqtbl1q_u8(vld1q_u8(table), index); }

static inline pair entries16(const uint8_t table[2][16], uint8x16_t index) {
    return widened(entry16(table[0], index), entry16(table[1], index));
}

static inline pair entries32(const uint8_t table[2][32], uint8x16_t index) {
    uint8x16x2_t low = {{vld1q_u8(table[0]), vld1q_u8(table[0] + 16)}};
    uint8x16x2_t high = {{vld1q_u8(table[1]), vld1q_u8(table[1] + 16)}};
    return widened(vqtbl2q_u8(low, index), vqtbl2q_u8(high, index));
}

// The upper halves of the products.
static inline uint16x8_t high16(uint16x8_t a, uint16x8_t b) {
    uint32x4_t low = vmull_u16(vget_low_u16(a), vget_low_u16(b)), high = vmull_high_u16(a, b);
    return vuzp2q_u16(vreinterpretq_u16_u32(low), vreinterpretq_u16_u32(high));
}

static inline uint16x8_t rising(uint16x8_t base, uint16x8_t slope, uint16x8_t bend, uint16x8_t t) {
    return vaddq_u16(vaddq_u16(base, high16(slope, t)), high16(bend, high16(t, t)));
}

static inline uint16x8_t falling(uint16x8_t base, uint16x8_t slope, uint16x8_t bend, uint16x8_t t) {
    return vsubq_u16(vaddq_u16(base, high16(slope, t)), high16(bend, high16(t, t)));
}

static inline pair light_of_vector(uint8x16_t samples) {
    uint8x16_t piece = vshrq_n_u8(samples, 4), rest = vandq_u8(samples, vdupq_n_u8(15)), is_darkest = vceqzq_u8(piece);
    pair slope = entries16(light_decode_slope, piece), bend = entries16(light_decode_bend, piece);
    pair base = widened(vbslq_u8(is_darkest, entry16(light_darkest[0], rest), entry16(light_decode_base[0], piece)),
        vbslq_u8(is_darkest, entry16(light_darkest[1], rest), entry16(light_decode_base[1], piece)));
    pair t = widened(vdupq_n_u8(0), rest);
    return (pair){rising(base.low, slope.low, bend.low, vshlq_n_u16(t.low, 4)),
        rising(base.high, slope.high, bend.high, vshlq_n_u16(t.high, 4))};
}

static inline uint8x16_t samples_of_vector(pair light) {
    const uint16x8_t limit = vdupq_n_u16(4096), second = vdupq_n_u16(16);
    uint16x8_t low = vcltq_u16(light.low, limit), high = vcltq_u16(light.high, limit);
    uint16x8_t index_low = vbslq_u16(low, vshrq_n_u16(light.low, 8), vaddq_u16(vshrq_n_u16(light.low, 12), second));
    uint16x8_t index_high = vbslq_u16(high, vshrq_n_u16(light.high, 8), vaddq_u16(vshrq_n_u16(light.high, 12), second));
    uint8x16_t index = vcombine_u8(vmovn_u16(index_low), vmovn_u16(index_high));
    uint16x8_t t_low = vbslq_u16(low, vshlq_n_u16(light.low, 8), vshlq_n_u16(light.low, 4));
    uint16x8_t t_high = vbslq_u16(high, vshlq_n_u16(light.high, 8), vshlq_n_u16(light.high, 4));
    pair base = entries32(light_encode_base, index), slope = entries32(light_encode_slope, index);
    pair bend = entries32(light_encode_bend, index);
    return vcombine_u8(vshrn_n_u16(falling(base.low, slope.low, bend.low, t_low), 8),
        vshrn_n_u16(falling(base.high, slope.high, bend.high, t_high), 8));
}

static inline uint16x8_t mixed(uint16x8_t patch, uint16x8_t own, uint16x8_t share) {
    return vaddq_u16(vaddq_u16(high16(patch, share), high16(own, vmvnq_u16(share))), vdupq_n_u16(1));
}

static inline void blend_vector(uint8_t *target, const uint8_t *patch, const uint16_t *shares) {
    pair other = light_of_vector(vld1q_u8(patch)), own = light_of_vector(vld1q_u8(target));
    pair light = {mixed(other.low, own.low, vld1q_u16(shares)), mixed(other.high, own.high, vld1q_u16(shares + 8))};
    vst1q_u8(target, samples_of_vector(light));
}

void gesso_blend_light_neon(uint8_t *target, const uint8_t *patch, const uint16_t *shares, size_t count) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) blend_vector(target + i, patch + i, shares + i);
    size_t rest = count - i;
    if (rest == 0) return;
    uint8_t own[16] = {0}, other[16] = {0};
    uint16_t share[16] = {0};
    memcpy(own, target + i, rest);
    memcpy(other, patch + i, rest);
    memcpy(share, shares + i, 2 * rest);
    blend_vector(own, other, share);
    memcpy(target + i, own, rest);
}

#endif
