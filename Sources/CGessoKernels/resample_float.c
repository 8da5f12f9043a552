// Rows of 16-bit samples to and from float, and weighted sums of them for every machine.

#include "gesso_resample_float.h"

#include "kernel_sets.h"

#include <math.h>
#include <string.h>

#define SET scalar
#define TARGET
#include "resample_float.h"

void gesso_load_row16(
    const uint16_t *source, float *target, size_t count, int channels, const float *linear) {
    const float unit = 1.0f / 65535.0f;
    if (channels != 4) {
        const size_t samples = count * (size_t)channels;
        if (linear) {
            for (size_t i = 0; i < samples; i++) target[i] = linear[source[i]];
        } else {
            for (size_t i = 0; i < samples; i++) target[i] = source[i] * unit;
        }
        return;
    }
    for (size_t i = 0; i < count; i++, source += 4, target += 4) {
        float alpha = source[3] * unit;
        for (int c = 0; c < 3; c++) target[c] = (linear ? linear[source[c]] : source[c] * unit) * alpha;
        target[3] = alpha;
    }
}

static float unit_clamp(float value) { return value < 0 ? 0 : value > 1 ? 1 : value; }

// Between two entries of a table that has its argument squared, so that it is even where the curve is steep.
static float encoded(float value, const float *encode) {
    float place = sqrtf(value) * GESSO_ENCODE_STEPS;
    int index = (int)place;
    return encode[index] + (encode[index + 1] - encode[index]) * (place - (float)index);
}

void gesso_store_row16(const float *source, uint16_t *target, size_t count, int channels, const float *encode) {
    for (size_t i = 0; i < count; i++, source += channels, target += channels) {
        float alpha = channels == 4 ? unit_clamp(source[3]) : 1;
        uint16_t alpha16 = (uint16_t)(alpha * 65535.0f + 0.5f);
        if (alpha16 == 0) {
            memset(target, 0, 8);
            continue;
        }
        for (int c = 0; c < channels && c < 3; c++) {
            // Straight color of premultiplied color.
            float value = unit_clamp(source[c] / alpha);
            target[c] = (uint16_t)((encode ? encoded(value, encode) : value) * 65535.0f + 0.5f);
        }
        if (channels == 4) target[3] = alpha16;
    }
}
