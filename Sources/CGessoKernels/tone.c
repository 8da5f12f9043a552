#include "gesso_tone.h"

// One set of bits on every machine: no fused multiply-add.
#pragma clang fp contract(off)

void gesso_tone_blocks_row(const uint8_t *wanted, const uint8_t *found, const uint8_t *keep, size_t width,
                           gesso_tone_block_t *blocks) {
    for (size_t x = 0; x < width; x++) {
        if (keep[x] != 255) continue;
        gesso_tone_block_t *block = &blocks[x >> 3];
        const uint8_t *a = wanted + x * 3, *b = found + x * 3;
        block->count++;
        for (int c = 0; c < 3; c++) {
            block->wanted[c] += a[c];
            block->found[c] += b[c];
        }
        int32_t difference = (int32_t)a[1] - b[1];
        block->difference_square += (uint32_t)(difference * difference);
    }
}

void gesso_tone_apply_row(uint8_t *row, size_t width, int channels, const float gain[3], const float offset[3],
                          const float *field, size_t field_width, float start, float step) {
    float last = (float)(field_width - 1);
    for (size_t x = 0; x < width; x++) {
        float position = start + (float)x * step;
        position = position < 0 ? 0 : position > last ? last : position;
        size_t left = (size_t)position;
        size_t right = left + 1 < field_width ? left + 1 : left;
        float share = position - (float)left;
        uint8_t *pixel = row + x * (size_t)channels;
        for (int c = 0; c < 3; c++) {
            float near = field[left * 3 + (size_t)c], far = field[right * 3 + (size_t)c];
            float value = (float)pixel[c] * gain[c] + offset[c] + near + (far - near) * share;
            value = value < 0 ? 0 : value > 255 ? 255 : value;
            pixel[c] = (uint8_t)(value + 0.5f);
        }
    }
}
