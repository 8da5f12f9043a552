// Rows in linear light for resampling.

#include "gesso_resample_linear.h"

enum { FULL = 32640 };

void gesso_load_linear(const uint8_t *source, int16_t *target, size_t count, int channels, const int16_t *linear) {
    if (channels != 4) {
        for (size_t i = 0; i < count * (size_t)channels; i++) target[i] = linear[source[i]];
        return;
    }
    for (size_t i = 0; i < count; i++, source += 4, target += 4) {
        const uint32_t alpha = source[3];
        for (int c = 0; c < 3; c++) {
            uint32_t value = (uint32_t)linear[source[c]];
            target[c] = (int16_t)(alpha == 255 ? value : (value * alpha + 127) / 255);
        }
        target[3] = (int16_t)(alpha * 128);
    }
}

static int32_t clamp(int32_t value, int32_t most) { return value < 0 ? 0 : value > most ? most : value; }

static void store_straight(const int16_t *sums, uint8_t *target, const uint8_t *encode) {
    const int32_t alpha = clamp(sums[3], FULL), level = (alpha + 64) >> 7;
    if (alpha == FULL) {
        for (int c = 0; c < 3; c++) target[c] = encode[clamp(sums[c], FULL)];
    } else {
        for (int c = 0; c < 3; c++) {
            target[c] = level ? encode[(clamp(sums[c], alpha) * FULL + alpha / 2) / alpha] : 0;
        }
    }
    target[3] = (uint8_t)level;
}

void gesso_store_linear(
    const int16_t *sums, uint8_t *const *rows, size_t count, int channels, const uint8_t *encode) {
    const int lines = channels == 1 ? 16 : 4, step = channels == 1 ? 1 : 4;
    for (int line = 0; line < lines; line++) {
        const int16_t *pixel = sums + line * step;
        uint8_t *target = rows[line];
        for (size_t x = 0; x < count; x++, pixel += 16, target += channels) {
            if (channels == 4) {
                store_straight(pixel, target, encode);
            } else {
                for (int c = 0; c < channels; c++) target[c] = encode[clamp(pixel[c], FULL)];
            }
        }
    }
}
