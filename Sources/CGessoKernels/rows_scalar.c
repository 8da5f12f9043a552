// Conversions of 8-bit rows in plain C.

#include "kernel_sets.h"

#include <stdlib.h>

void gesso_gray_to_rgb_scalar(const uint8_t *source, uint8_t *target, size_t count) {
    for (size_t i = 0; i < count; i++) target[3 * i] = target[3 * i + 1] = target[3 * i + 2] = source[i];
}

void gesso_gray_to_rgba_scalar(const uint8_t *source, uint8_t *target, size_t count, uint8_t alpha) {
    for (size_t i = 0; i < count; i++) {
        target[4 * i] = target[4 * i + 1] = target[4 * i + 2] = source[i];
        target[4 * i + 3] = alpha;
    }
}

void gesso_rgb_to_rgba_scalar(const uint8_t *source, uint8_t *target, size_t count, uint8_t alpha) {
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < 3; c++) target[4 * i + c] = source[3 * i + c];
        target[4 * i + 3] = alpha;
    }
}

void gesso_rgba_to_rgb_scalar(const uint8_t *source, uint8_t *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < 3; c++) target[3 * i + c] = source[4 * i + c];
    }
}

void gesso_flatten_scalar(const uint8_t *rgba, uint8_t *rgb, size_t count, const uint8_t background[3]) {
    for (size_t i = 0; i < count; i++) {
        unsigned alpha = rgba[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            // x / 255 rounded to nearest is (x + 128 + ((x + 128) >> 8)) >> 8 for every x up to 255².
            unsigned sum = rgba[4 * i + c] * alpha + background[c] * (255 - alpha) + 128;
            rgb[3 * i + c] = (uint8_t)((sum + (sum >> 8)) >> 8);
        }
    }
}

void gesso_alpha_from_coverage_scalar(const uint8_t *coverage, uint8_t *rgba, size_t count) {
    for (size_t i = 0; i < count; i++) rgba[4 * i + 3] = (uint8_t)(255 - coverage[i]);
}

size_t gesso_run_length_scalar(const uint8_t *bytes, uint8_t value, size_t count) {
    size_t i = 0;
    while (i < count && bytes[i] == value) i++;
    return i;
}

size_t gesso_count_equal_scalar(const uint8_t *bytes, uint8_t value, size_t count) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += bytes[i] == value;
    return found;
}

void gesso_max_into_scalar(uint8_t *target, const uint8_t *other, size_t count) {
    for (size_t i = 0; i < count; i++) target[i] = other[i] > target[i] ? other[i] : target[i];
}

void gesso_difference_scalar(
    const uint8_t *a, const uint8_t *b, const uint8_t *coverage, size_t count, int channels, uint8_t *largest) {
    for (size_t i = 0; i < count; i++, a += channels, b += channels) {
        int most = 0;
        for (int c = 0; c < channels; c++) {
            int difference = abs(a[c] - b[c]);
            if (difference > most) most = difference;
        }
        largest[i] = coverage[i] ? 0 : (uint8_t)most;
    }
}
