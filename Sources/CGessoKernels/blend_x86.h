// Blending in linear light for one x86 instruction set; see srgb.h. The file that includes this defines SET, TARGET,
// VECTOR_BYTES, the type `vec` and the operations used here. Widening and narrowing both work within 128-bit lanes, so
// the order of samples does not change.

#include "srgb.h"

#include <string.h>

#define JOIN_NAMES(name, set) gesso_##name##_##set
#define JOIN(name, set) JOIN_NAMES(name, set)
#define KERNEL(name) JOIN(name, SET)

// 16-bit values, for the lower and the upper half of each lane.
typedef struct {
    vec low, high;
} pair;

TARGET static inline pair widened(vec low, vec high) {
    return (pair){v_unpack_low8(low, high), v_unpack_high8(low, high)};
}

TARGET static inline vec table16(const uint8_t *table) {
    return v_lanes(_mm_loadu_si128((const __m128i *)(const void *)table));
}

TARGET static inline pair entries16(const uint8_t table[2][16], vec index) {
    return widened(v_shuffle8(table16(table[0]), index), v_shuffle8(table16(table[1]), index));
}

// `upper` has the top bit of each byte set where the index is above 15.
TARGET static inline vec plane32(const uint8_t *table, vec index, vec upper) {
    return v_blend8(v_shuffle8(table16(table), index), v_shuffle8(table16(table + 16), index), upper);
}

TARGET static inline pair entries32(const uint8_t table[2][32], vec index, vec upper) {
    return widened(plane32(table[0], index, upper), plane32(table[1], index, upper));
}

TARGET static inline vec rising(vec base, vec slope, vec bend, vec t) {
    return v_add16(v_add16(base, v_high16(slope, t)), v_high16(bend, v_high16(t, t)));
}

TARGET static inline vec falling(vec base, vec slope, vec bend, vec t) {
    return v_subtract16(v_add16(base, v_high16(slope, t)), v_high16(bend, v_high16(t, t)));
}

TARGET static inline pair light_of_vector(vec samples) {
    const vec nibble = v_broadcast8(15);
    vec piece = v_and(v_shift_right16(samples, 4), nibble), rest = v_and(samples, nibble);
    pair slope = entries16(light_decode_slope, piece), bend = entries16(light_decode_bend, piece);
    pair base = widened(
        v_if_zero8(piece, v_shuffle8(table16(light_darkest[0]), rest), v_shuffle8(table16(light_decode_base[0]), piece)),
        v_if_zero8(piece, v_shuffle8(table16(light_darkest[1]), rest), v_shuffle8(table16(light_decode_base[1]), piece)));
    pair t = widened(v_zero(), rest);
    return (pair){rising(base.low, slope.low, bend.low, v_shift_left16(t.low, 4)),
        rising(base.high, slope.high, bend.high, v_shift_left16(t.high, 4))};
}

TARGET static inline vec samples_of_vector(pair light) {
    vec low = v_shift_right16(light.low, 12), high = v_shift_right16(light.high, 12);
    const vec second = v_broadcast16(16);
    vec index = v_pack16(v_if_zero16(low, v_shift_right16(light.low, 8), v_add16(low, second)),
        v_if_zero16(high, v_shift_right16(light.high, 8), v_add16(high, second)));
    pair t = {v_if_zero16(low, v_shift_left16(light.low, 8), v_shift_left16(light.low, 4)),
        v_if_zero16(high, v_shift_left16(light.high, 8), v_shift_left16(light.high, 4))};
    // The fifth bit of the index, moved to a byte's top bit.
    vec upper = v_shift_left16(index, 3);
    pair base = entries32(light_encode_base, index, upper), slope = entries32(light_encode_slope, index, upper);
    pair bend = entries32(light_encode_bend, index, upper);
    return v_pack16(v_shift_right16(falling(base.low, slope.low, bend.low, t.low), 8),
        v_shift_right16(falling(base.high, slope.high, bend.high, t.high), 8));
}

TARGET static inline vec mixed(vec patch, vec own, vec share) {
    vec sum = v_add16(v_high16(patch, share), v_high16(own, v_not(share)));
    return v_add16(sum, v_broadcast16(1));
}

TARGET static inline void blend_vector(uint8_t *target, const uint8_t *patch, const uint16_t *shares) {
    pair other = light_of_vector(v_load(patch)), own = light_of_vector(v_load(target));
    vec first = v_load(shares), second = v_load(shares + VECTOR_BYTES / 2);
    pair light = {mixed(other.low, own.low, v_low_halves(first, second)),
        mixed(other.high, own.high, v_high_halves(first, second))};
    v_store(target, samples_of_vector(light));
}

TARGET void KERNEL(blend_light)(uint8_t *target, const uint8_t *patch, const uint16_t *shares, size_t count) {
    size_t i = 0;
    for (; i + VECTOR_BYTES <= count; i += VECTOR_BYTES) blend_vector(target + i, patch + i, shares + i);
    size_t rest = count - i;
    if (rest == 0) return;
    uint8_t own[VECTOR_BYTES] = {0}, other[VECTOR_BYTES] = {0};
    uint16_t share[VECTOR_BYTES] = {0};
    memcpy(own, target + i, rest);
    memcpy(other, patch + i, rest);
    memcpy(share, shares + i, 2 * rest);
    blend_vector(own, other, share);
    memcpy(target + i, own, rest);
}
