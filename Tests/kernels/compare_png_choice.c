// Holds the PNG filters of every instruction set of this machine against the plain ones, on the same seeded rows: for
// machines where the Swift tests cannot run. Prints each difference and exits 1, or how much was compared.

#include "gesso_png.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 2400 };

static uint64_t state = 1;

static uint64_t next(void) {
    // SplitMix64 (Steele, Lea and Flood 2014).
    uint64_t z = (state += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

/// Two rows that resemble each other more or less, so that every type is the best of some.
static void make_rows(uint8_t *above, uint8_t *row, size_t count) {
    unsigned noise = 1 + (unsigned)(next() % 256), slope = 1 + (unsigned)(next() % 9);
    unsigned likeness = (unsigned)(next() % 9);
    for (size_t i = 0; i < count; i++) {
        above[i] = (uint8_t)(i / slope + next() % noise);
        row[i] = (uint8_t)(likeness ? above[i] + next() % likeness : i * 2 + next() % noise);
    }
}

static int differs(size_t count, size_t step, gesso_simd_level_t level) {
    static uint8_t above[LONGEST], row[LONGEST], plain[LONGEST + 1], tested[LONGEST + 1];
    make_rows(above, row, count);
    const uint8_t *first = next() % 8 ? above : NULL;
    for (int type = -1; type < 5; type++) {
        int expected = gesso_png_filter(row, first, count, step, type, plain, GESSO_SIMD_SCALAR);
        int found = gesso_png_filter(row, first, count, step, type, tested, level);
        if (expected == found && memcmp(plain, tested, count + 1) == 0) continue;
        printf("%s: type %d of %zu bytes in steps of %zu\n", gesso_simd_level_name(level), type, count, step);
        return 1;
    }
    return 0;
}

int main(void) {
    static const size_t steps[] = {1, 2, 3, 4, 6, 8};
    int differing = 0;
    for (int level = 1; level < GESSO_SIMD_LEVEL_COUNT; level++) {
        if (!gesso_simd_supports((gesso_simd_level_t)level)) continue;
        long compared = 0;
        for (size_t pixels = 1; pixels <= 300; pixels++)
            for (size_t i = 0; i < sizeof steps / sizeof *steps; i++, compared += 6)
                differing += differs(pixels * steps[i], steps[i], (gesso_simd_level_t)level);
        printf("%s: %ld comparisons\n", gesso_simd_level_name((gesso_simd_level_t)level), compared);
    }
    return differing != 0;
}
