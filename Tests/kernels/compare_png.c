// PNG's filters by every instruction set of this machine against the definition (PNG 3rd edition, 9), on random rows of
// every width. For machines whose Swift tests cannot be run here: see Scripts/test-neon.

#include "gesso_png.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state = 1;

static uint32_t next(void) {
    // Xorshift (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

static int guess(int type, int left, int up, int corner) {
    int a = abs(up - corner), b = abs(left - corner), c = abs(left + up - 2 * corner);
    switch (type) {
    case 1: return left;
    case 2: return up;
    case 3: return (left + up) / 2;
    case 4: return a <= b && a <= c ? left : b <= c ? up : corner;
    default: return 0;
    }
}

/// Undoes the filters of `rows` rows into `out`, rows without padding.
static void plain(const uint8_t *filtered, size_t row_bytes, size_t rows, size_t step, uint8_t *out) {
    for (size_t y = 0; y < rows; y++) {
        const uint8_t *from = filtered + y * (row_bytes + 1);
        uint8_t *row = out + y * row_bytes, *above = y ? row - row_bytes : NULL;
        for (size_t i = 0; i < row_bytes; i++) {
            int left = i >= step ? row[i - step] : 0, up = above ? above[i] : 0;
            int corner = above && i >= step ? above[i - step] : 0;
            row[i] = (uint8_t)(from[1 + i] + guess(from[0], left, up, corner));
        }
    }
}

static long compare(gesso_simd_level_t level, size_t width, size_t rows, size_t step, int only) {
    size_t row_bytes = width * step, all = (row_bytes + 1) * rows, stride = (row_bytes + 63) & ~(size_t)63;
    uint8_t *filtered = malloc(all + 16), *expected = malloc(row_bytes * rows), *found = malloc(stride * rows);
    uint8_t *again = malloc(row_bytes + 1);
    if (!filtered || !expected || !found || !again) exit(2);
    for (size_t i = 0; i < all + 16; i++) filtered[i] = (uint8_t)next();
    for (size_t y = 0; y < rows; y++) filtered[y * (row_bytes + 1)] = (uint8_t)(only < 0 ? next() % 5 : (uint32_t)only);
    plain(filtered, row_bytes, rows, step, expected);
    long differing = gesso_png_unfilter(filtered, row_bytes, rows, step, found, stride, level) != rows;
    for (size_t y = 0; y < rows; y++) {
        differing += memcmp(found + y * stride, expected + y * row_bytes, row_bytes) != 0;
        // And back, by the type that the row had.
        const uint8_t *row = filtered + y * (row_bytes + 1), *above = y ? expected + (y - 1) * row_bytes : NULL;
        gesso_png_filter(expected + y * row_bytes, above, row_bytes, step, row[0], again, level);
        differing += memcmp(again, row, row_bytes + 1) != 0;
    }
    if (differing)
        printf("%s differs for %zu pixels of %zu bytes, %zu rows, filter %d\n", gesso_simd_level_name(level), width,
               step, rows, only);
    free(filtered), free(expected), free(found), free(again);
    return differing;
}

int main(void) {
    long differing = 0;
    static const size_t steps[] = {1, 2, 3, 4, 6, 8};
    for (int level = 0; level < GESSO_SIMD_LEVEL_COUNT; level++) {
        if (!gesso_simd_supports((gesso_simd_level_t)level)) continue;
        long count = 0;
        for (int s = 0; s < 6; s++)
            for (size_t width = 1; width <= 132; width++)
                for (int only = -1; only < 5; only++, count++)
                    differing += compare((gesso_simd_level_t)level, width, 1 + next() % 21, steps[s], only);
        printf("%s: %ld comparisons\n", gesso_simd_level_name((gesso_simd_level_t)level), count);
    }
    return differing != 0;
}
