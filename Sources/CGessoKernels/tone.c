#include "gesso_tone.h"

// No fused multiply-add, so that every machine gives the same bits.
#pragma clang fp contract(off)

static void add_pixel(gesso_tone_block_t *block, const uint8_t *wanted, const uint8_t *found) {
    block->count++;
    for (int c = 0; c < 3; c++) {
        block->wanted[c] += wanted[c];
        block->found[c] += found[c];
    }
    int32_t difference = (int32_t)wanted[1] - found[1];
    block->difference_square += (uint32_t)(difference * difference);
}

void gesso_tone_blocks_row(const uint8_t *wanted, const uint8_t *found, const uint8_t *keep, size_t width,
                           gesso_tone_block_t *blocks) {
    for (size_t x = 0; x < width; x++) {
        if (keep[x] == 255) add_pixel(&blocks[x >> 3], wanted + x * 3, found + x * 3);
    }
}

void gesso_tone_spread_row(const float *field, size_t field_width, const float offset[3], float start, float step,
                           size_t width, int channels, float *target) {
    float last = (float)(field_width - 1);
    for (size_t x = 0; x < width; x++, target += channels) {
        float position = start + (float)x * step;
        position = position < 0 ? 0 : position > last ? last : position;
        size_t left = (size_t)position;
        size_t right = left + 1 < field_width ? left + 1 : left;
        float share = position - (float)left;
        const float *near = field + left * 3, *far = field + right * 3;
        for (int c = 0; c < 3; c++) target[c] = offset[c] + near[c] + (far[c] - near[c]) * share;
        if (channels == 4) target[3] = 0;
    }
}
