#ifndef GESSO_LIGHT_H
#define GESSO_LIGHT_H

#include "srgb_tables.h"

// The sRGB curve between 8-bit samples and 16-bit linear light, identical on every instruction set: quadratic segments
// in 16-bit fixed point, evaluated by multiplications that return the upper half of the product.
//
//   light(v)  = base + rise·t + bend·t²   piece v / 16, t the other 4 bits; from a table below 16
//   sample(x) = base + rise·t − bend·t²   piece x / 256 below 4096, else 16 + x / 4096, t the other bits; 8.8 fixed point
//
// with t a fraction of 65536. Linear light is within 2 units of the formula, samples within 0.58 levels, and a sample whose
// light is off by up to two units maps back to itself.

static inline uint32_t light_entry(const uint8_t *low, const uint8_t *high, uint32_t index) {
    return low[index] | (uint32_t)high[index] << 8;
}

static inline uint32_t light_high(uint32_t a, uint32_t b) { return a * b >> 16; }

static inline uint32_t light_of(uint32_t sample) {
    uint32_t piece = sample >> 4, t = (sample & 15) << 12;
    if (piece == 0) return light_entry(light_darkest[0], light_darkest[1], sample);
    return light_entry(light_decode_base[0], light_decode_base[1], piece)
        + light_high(light_entry(light_decode_slope[0], light_decode_slope[1], piece), t)
        + light_high(light_entry(light_decode_bend[0], light_decode_bend[1], piece), light_high(t, t));
}

static inline uint32_t sample_of(uint32_t light) {
    uint32_t piece = light < 4096 ? light >> 8 : 16 + (light >> 12);
    uint32_t t = (light < 4096 ? light << 8 : light << 4) & 0xFFFF;
    return (light_entry(light_encode_base[0], light_encode_base[1], piece)
        + light_high(light_entry(light_encode_slope[0], light_encode_slope[1], piece), t)
        - light_high(light_entry(light_encode_bend[0], light_encode_bend[1], piece), light_high(t, t))) >> 8;
}

#endif
