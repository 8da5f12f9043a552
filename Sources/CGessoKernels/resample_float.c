#include "gesso_resample_float.h"

#include <math.h>
#include <string.h>

// No fused multiply-add, so that every machine gives the same bits.
#pragma clang fp contract(off)

#define DEFINE_LOAD(bits, sample, maximum)                                                                           \
    void gesso_load_row##bits(                                                                                       \
        const sample *source, float *target, size_t count, int channels, const float *linear) {                      \
        const float unit = 1.0f / maximum;                                                                           \
        if (channels != 4) {                                                                                         \
            for (size_t i = 0; i < count * (size_t)channels; i++) {                                                  \
                target[i] = linear ? linear[source[i]] : source[i] * unit;                                           \
            }                                                                                                        \
            return;                                                                                                  \
        }                                                                                                            \
        for (size_t i = 0; i < count; i++, source += 4, target += 4) {                                               \
            float alpha = source[3] * unit;                                                                          \
            for (int c = 0; c < 3; c++) target[c] = (linear ? linear[source[c]] : source[c] * unit) * alpha;         \
            target[3] = alpha;                                                                                       \
        }                                                                                                            \
    }

DEFINE_LOAD(8, uint8_t, 255.0f)
DEFINE_LOAD(16, uint16_t, 65535.0f)

void gesso_accumulate_row(float *sums, const float *row, float weight, size_t samples) {
    for (size_t i = 0; i < samples; i++) sums[i] += weight * row[i];
}

void gesso_resample_row(
    const float *source, float *target, size_t target_count, int channels, const int32_t *starts,
    const int32_t *counts, const float *weights, size_t stride) {
    for (size_t x = 0; x < target_count; x++, target += channels, weights += stride) {
        const float *pixel = source + (size_t)starts[x] * channels;
        float sums[4] = {0, 0, 0, 0};
        for (int32_t k = 0; k < counts[x]; k++, pixel += channels) {
            for (int c = 0; c < channels; c++) sums[c] += weights[k] * pixel[c];
        }
        for (int c = 0; c < channels; c++) target[c] = sums[c];
    }
}

static float unit_clamp(float value) { return value < 0 ? 0 : value > 1 ? 1 : value; }

// The straight value of a premultiplied one; 0 if alpha rounds to 0.
static float straight(float value, float alpha) { return alpha > 0 ? unit_clamp(value / alpha) : 0; }

void gesso_store_row8(const float *source, uint8_t *target, size_t count, int channels, const uint8_t *encode) {
    for (size_t i = 0; i < count; i++, source += channels, target += channels) {
        float alpha = channels == 4 ? unit_clamp(source[3]) : 1;
        uint8_t alpha8 = (uint8_t)(alpha * 255.0f + 0.5f);
        if (alpha8 == 0) {
            memset(target, 0, 4);
            continue;
        }
        for (int c = 0; c < channels && c < 3; c++) {
            float value = straight(source[c], alpha);
            target[c] = encode ? encode[(uint16_t)(value * 65535.0f + 0.5f) >> 2] : (uint8_t)(value * 255.0f + 0.5f);
        }
        if (channels == 4) target[3] = alpha8;
    }
}

void gesso_store_row16(const float *source, uint16_t *target, size_t count, int channels, int linear) {
    for (size_t i = 0; i < count; i++, source += channels, target += channels) {
        float alpha = channels == 4 ? unit_clamp(source[3]) : 1;
        uint16_t alpha16 = (uint16_t)(alpha * 65535.0f + 0.5f);
        if (alpha16 == 0) {
            memset(target, 0, 8);
            continue;
        }
        for (int c = 0; c < channels && c < 3; c++) {
            double value = straight(source[c], alpha);
            // IEC 61966-2-1, 5.2.
            if (linear) value = value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055;
            target[c] = (uint16_t)(value * 65535.0 + 0.5);
        }
        if (channels == 4) target[3] = alpha16;
    }
}
