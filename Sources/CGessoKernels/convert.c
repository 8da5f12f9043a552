// Conversions of 16-bit rows between layouts and depths.

#include "gesso_convert.h"

#include <string.h>

void gesso_widen_samples(const uint8_t *source, uint16_t *target, size_t samples) {
    for (size_t i = 0; i < samples; i++) target[i] = (uint16_t)(source[i] * 257u);
}

void gesso_narrow_samples(const uint16_t *source, uint8_t *target, size_t samples) {
    // (v × 255 + 32895) >> 16 equals round(v / 257) for every 16-bit v.
    for (size_t i = 0; i < samples; i++) target[i] = (uint8_t)((source[i] * 255u + 32895u) >> 16);
}

void gesso_gray_to_rgb16(const uint16_t *source, uint16_t *target, size_t count) {
    for (size_t i = 0; i < count; i++) target[3 * i] = target[3 * i + 1] = target[3 * i + 2] = source[i];
}

void gesso_gray_to_rgba16(const uint16_t *source, uint16_t *target, size_t count, uint16_t alpha) {
    for (size_t i = 0; i < count; i++) {
        target[4 * i] = target[4 * i + 1] = target[4 * i + 2] = source[i];
        target[4 * i + 3] = alpha;
    }
}

void gesso_rgb_to_rgba16(const uint16_t *source, uint16_t *target, size_t count, uint16_t alpha) {
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < 3; c++) target[4 * i + c] = source[3 * i + c];
        target[4 * i + 3] = alpha;
    }
}

void gesso_rgba_to_rgb16(const uint16_t *source, uint16_t *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < 3; c++) target[3 * i + c] = source[4 * i + c];
    }
}

int gesso_is_opaque16(const uint16_t *rgba, size_t count) {
    uint16_t all = 65535;
    for (size_t i = 0; i < count; i++) all &= rgba[4 * i + 3];
    return all == 65535;
}

void gesso_alpha_from_coverage16(const uint8_t *coverage, uint16_t *rgba, size_t count) {
    for (size_t i = 0; i < count; i++) rgba[4 * i + 3] = (uint16_t)((255u - coverage[i]) * 257u);
}

void gesso_coverage_from_alpha8(const uint8_t *rgba, uint8_t *coverage, size_t count) {
    for (size_t i = 0; i < count; i++) coverage[i] = (uint8_t)(255 - rgba[4 * i + 3]);
}

void gesso_flatten16(const uint16_t *rgba, uint16_t *rgb, size_t count, const uint16_t background[3]) {
    for (size_t i = 0; i < count; i++) {
        uint64_t alpha = rgba[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            rgb[3 * i + c] = (uint16_t)((rgba[4 * i + c] * alpha + background[c] * (65535 - alpha) + 32767) / 65535);
        }
    }
}

void gesso_fill_pixels(uint8_t *target, const uint8_t *pixel, size_t bytes_per_pixel, size_t count) {
    if (count == 0) return;
    if (bytes_per_pixel == 1) {
        memset(target, pixel[0], count);
        return;
    }
    // Doubling: each copy is as long as everything written so far.
    size_t total = bytes_per_pixel * count, done = bytes_per_pixel;
    memcpy(target, pixel, bytes_per_pixel);
    while (done < total) {
        size_t next = done < total - done ? done : total - done;
        memcpy(target + done, target, next);
        done += next;
    }
}
