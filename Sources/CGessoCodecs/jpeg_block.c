// The discrete cosine transform of one block of 8×8 samples, and its inverse.

#include "jpeg_block.h"

#include <math.h>

// No fused multiply-add, so that every machine gives the same bits.
#pragma STDC FP_CONTRACT OFF

// cos(k π / 16) / 2: the factors for rows and for columns.
#define C1 0.490392640f
#define C2 0.461939766f
#define C3 0.415734806f
#define C4 0.353553391f
#define C5 0.277785117f
#define C6 0.191341716f
#define C7 0.097545161f

/// Row u is the u-th cosine; the matrix is orthonormal.
static const float cosines[8][8] = {
    {C4, C4, C4, C4, C4, C4, C4, C4},     {C1, C3, C5, C7, -C7, -C5, -C3, -C1},
    {C2, C6, -C6, -C2, -C2, -C6, C6, C2}, {C3, -C7, -C1, -C5, C5, C1, C7, -C3},
    {C4, -C4, -C4, C4, C4, -C4, -C4, C4}, {C5, -C1, C7, C3, -C3, -C7, C1, -C5},
    {C6, -C2, C2, -C6, -C6, C2, -C2, C6}, {C7, -C5, C3, -C1, C1, -C3, C5, -C7},
};

void gesso_jpeg_block_decode(const int16_t *coefficients, const uint16_t *quantizers, float *samples, size_t stride) {
    // half[v][x] is transformed along rows only: v is still a frequency, x is a column of samples.
    float half[8][8];
    for (int v = 0; v < 8; v++) {
        float row[8] = {0};
        for (int u = 0; u < 8; u++) {
            float value = (float)coefficients[8 * v + u] * (float)quantizers[8 * v + u];
            if (value == 0) continue;
            for (int x = 0; x < 8; x++) row[x] += value * cosines[u][x];
        }
        for (int x = 0; x < 8; x++) half[v][x] = row[x];
    }
    for (int y = 0; y < 8; y++) {
        float row[8] = {0};
        for (int v = 0; v < 8; v++)
            for (int x = 0; x < 8; x++) row[x] += half[v][x] * cosines[v][y];
        for (int x = 0; x < 8; x++) samples[(size_t)y * stride + (size_t)x] = row[x];
    }
}

static int16_t quantized(float value, uint16_t quantizer, float lowest) {
    float level = floorf(value / (float)(quantizer ? quantizer : 1) + 0.5f);
    return (int16_t)(level < lowest ? lowest : level > 1023 ? 1023 : level);
}

void gesso_jpeg_block_encode(const float *samples, size_t stride, const uint16_t *quantizers, int16_t *coefficients) {
    float half[8][8] = {{0}};
    for (int v = 0; v < 8; v++)
        for (int y = 0; y < 8; y++)
            for (int x = 0; x < 8; x++) half[v][x] += samples[(size_t)y * stride + (size_t)x] * cosines[v][y];
    for (int v = 0; v < 8; v++) {
        for (int u = 0; u < 8; u++) {
            float sum = 0;
            for (int x = 0; x < 8; x++) sum += half[v][x] * cosines[u][x];
            int at = 8 * v + u;
            // T.81 F.1.2: AC levels have at most 10 bits, differences of DC levels 11.
            coefficients[at] = quantized(sum, quantizers[at], at == 0 ? -1024 : -1023);
        }
    }
}
