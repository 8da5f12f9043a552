// Kernels for masks: inversion, box blur, and coverage from luminance and alpha.

#include "gesso_mask.h"

#include <string.h>

void gesso_invert(uint8_t *row, size_t count) {
    for (size_t i = 0; i < count; i++) row[i] = (uint8_t)~row[i];
}

// round(sum / window) by a multiplication of 32 bits, which vectorizes. Up to windows of 8191 samples sums stay below
// 2^29 and the reciprocal's error below an eighth, so a window full of one value gives that value.
static uint32_t reciprocal_of(size_t window) { return (uint32_t)((((uint64_t)1 << 32) + window - 1) / window); }

static uint16_t mean_of(uint32_t sum, uint32_t half, uint32_t reciprocal) {
    return (uint16_t)(((uint64_t)(sum + half) * reciprocal) >> 32);
}

// Whether all 16 samples are `value`.
static int is_run_of(const uint16_t *samples, uint16_t value) {
    const uint64_t four = value * UINT64_C(0x0001000100010001);
    uint64_t differing = 0, word;
    for (int i = 0; i < 4; i++) {
        memcpy(&word, samples + 4 * i, 8);
        differing |= word ^ four;
    }
    return differing == 0;
}

void gesso_box_blur_row(const uint16_t *source, uint16_t *target, size_t count, size_t radius) {
    if (count == 0) return;
    const uint32_t half = (uint32_t)radius, reciprocal = reciprocal_of(2 * radius + 1);
    size_t last = count - 1;
    uint32_t sum = source[0] * (uint32_t)(radius + 1);
    for (size_t i = 1; i <= radius; i++) sum += source[i < last ? i : last];
    for (size_t i = 0; i < count; i++) {
        target[i] = mean_of(sum, half, reciprocal);
        size_t enters = i + radius + 1, leaves = i >= radius ? i - radius : 0;
        // Most of a mask is constant: if the entering and leaving samples are equal, the sum does not change.
        if (i >= radius && enters + 16 <= count && is_run_of(source + leaves, source[leaves])
            && is_run_of(source + enters, source[leaves])) {
            for (size_t k = 1; k < 16; k++) target[i + k] = target[i];
            i += 15;
            continue;
        }
        sum += source[enters < last ? enters : last];
        sum -= source[leaves];
    }
}

void gesso_box_blur_columns(const uint16_t *source, uint16_t *target, size_t width, size_t height, size_t radius) {
    enum { stride = 64 };
    if (height == 0 || width > stride) return;
    const uint32_t half = (uint32_t)radius, reciprocal = reciprocal_of(2 * radius + 1);
    size_t last = height - 1;
    uint32_t sums[stride];
    for (size_t x = 0; x < width; x++) sums[x] = source[x] * (uint32_t)(radius + 1);
    for (size_t y = 1; y <= radius; y++) {
        const uint16_t *row = source + (y < last ? y : last) * stride;
        for (size_t x = 0; x < width; x++) sums[x] += row[x];
    }
    for (size_t y = 0; y < height; y++) {
        size_t enters = y + radius + 1, leaves = y >= radius ? y - radius : 0;
        const uint16_t *in = source + (enters < last ? enters : last) * stride, *out = source + leaves * stride;
        for (size_t x = 0; x < width; x++) {
            target[y * stride + x] = mean_of(sums[x], half, reciprocal);
            sums[x] += (uint32_t)in[x] - out[x];
        }
    }
}

void gesso_coverage_from_luminance8(const uint8_t *row, uint8_t *coverage, size_t count, int channels, int black) {
    for (size_t i = 0; i < count; i++, row += channels) {
        // 0.2126, 0.7152, 0.0722 in 16-bit fixed point; they sum to 65536, so white stays 255.
        unsigned value = channels == 1 ? row[0]
            : (row[0] * 13933u + row[1] * 46871u + row[2] * 4732u + 32768u) >> 16;
        if (black) value = 255 - value;
        if (channels == 4) value = (value * row[3] + 127) / 255;
        coverage[i] = (uint8_t)value;
    }
}
