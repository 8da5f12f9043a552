// Holds every instruction set of this machine against the plain one, on the same seeded data: for machines where the
// Swift tests cannot run, such as an emulated one. Prints each difference and exits 1, or how much was compared.

#include "gesso_kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;
static long compared, differing;

static uint64_t next(void) {
    // SplitMix64 (Steele, Lea and Flood 2014).
    uint64_t z = (state += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static void *noise(size_t bytes) {
    uint8_t *data = malloc(bytes + 1);
    if (!data) exit(2);
    for (size_t i = 0; i < bytes; i++) data[i] = (uint8_t)next();
    return data;
}

static void same(const char *what, size_t length, const void *a, const void *b, size_t bytes) {
    compared++;
    if (bytes && memcmp(a, b, bytes) != 0 && differing++ < 20) printf("%s differs for length %zu\n", what, length);
}

// Runs `call` with the plain kernels into `one` and with those under test into `two`, then compares.
#define COMPARE(what, length, bytes, call)                                                                           \
    do {                                                                                                             \
        uint8_t *one = noise(bytes), *two = malloc((bytes) + 1), *out = one;                                         \
        memcpy(two, one, bytes);                                                                                     \
        const gesso_kernels_t *k = plain;                                                                            \
        call;                                                                                                        \
        out = two;                                                                                                   \
        k = tested;                                                                                                  \
        call;                                                                                                        \
        same(what, length, one, two, bytes);                                                                         \
        free(one);                                                                                                   \
        free(two);                                                                                                   \
    } while (0)

static void compare_rows(const gesso_kernels_t *plain, const gesso_kernels_t *tested) {
    const uint8_t background[3] = {0, 113, 255};
    for (size_t n = 0; n <= 200; n++) {
        for (size_t offset = 0; offset < 8; offset += 3) {
            uint8_t *storage = noise(4 * n + offset), *in = storage + offset, *other = noise(4 * n), *cover = noise(n);
            for (size_t i = 0; i < n; i++) cover[i] = cover[i] < 100 ? 0 : cover[i];
            COMPARE("gray_to_rgb", n, 3 * n, k->gray_to_rgb(in, out, n));
            COMPARE("gray_to_rgba", n, 4 * n, k->gray_to_rgba(in, out, n, 77));
            COMPARE("rgb_to_rgba", n, 4 * n, k->rgb_to_rgba(in, out, n, 255));
            COMPARE("rgba_to_rgb", n, 3 * n, k->rgba_to_rgb(in, out, n));
            COMPARE("flatten", n, 3 * n, k->flatten(in, out, n, background));
            COMPARE("alpha_from_coverage", n, 4 * n, k->alpha_from_coverage(in, out, n));
            COMPARE("max_into", n, n, k->max_into(out, in, n));
            COMPARE("max_into ahead", n, n, k->max_into(out, out + n / 3, n - n / 3));
            for (int channels = 1; channels <= 4; channels += channels == 1 ? 2 : 1) {
                COMPARE("difference", n, n, k->difference(in, other, cover, n, channels, out));
            }
            COMPARE("luminance", n, n, k->luminance(in, out, n));
            COMPARE("premultiply16", n, 8 * n, k->premultiply16(in, (int16_t *)(void *)out, n));
            size_t found[2] = {plain->count_equal(cover, 0, n), tested->count_equal(cover, 0, n)};
            same("count_equal", n, found, found + 1, sizeof *found);
            memset(in, 9, n);
            if (n) in[next() % n] = 8;
            size_t runs[2] = {plain->run_length(in, 9, n), tested->run_length(in, 9, n)};
            same("run_length", n, runs, runs + 1, sizeof *runs);
            for (size_t i = 0; i < n; i++) in[4 * i + 3] = 255;
            if (n && next() % 2) in[4 * (next() % n) + 3] = 254;
            int opaque[2] = {plain->is_opaque(in, n), tested->is_opaque(in, n)};
            same("is_opaque", n, opaque, opaque + 1, sizeof *opaque);
            free(storage);
            free(other);
            free(cover);
        }
    }
}

static void compare_vertical(const gesso_kernels_t *plain, const gesso_kernels_t *tested) {
    enum { most = 30 };
    for (size_t taps = 2; taps <= most; taps += 4) {
        for (size_t n = 64; n <= 320; n += 64) {
            uint8_t *bytes[most], uses[most / 2];
            int16_t *words[most], weights[most / 2 * 8];
            for (size_t i = 0; i < taps; i++) {
                bytes[i] = noise(n);
                words[i] = noise(2 * n);
                for (size_t s = 0; s < n; s++) words[i][s] &= 0x7FFF;
            }
            for (size_t k = 0; k < taps / 2; k++) {
                uses[k] = (uint8_t)(next() % 16);
                for (size_t i = 0; i < 8; i++) {
                    weights[8 * k + i] = uses[k] >> i / 2 & 1 ? (int16_t)((int)(next() % 4096) - 2048) : 0;
                }
            }
            gesso_row_weights_t by8 = {taps / 2, weights, uses, 9}, by16 = {taps / 2, weights, uses, 16};
            for (int layout = 0; layout < 2; layout++) {
                size_t step = layout ? 8 : n, size = layout ? n / 8 * 64 : 4 * n * 2;
                COMPARE("resample_vertical8", n, size, k->resample_vertical8((const uint8_t *const *)bytes, &by8, n,
                    (int16_t *)(void *)out, step, (gesso_row_layout_t)layout));
                COMPARE("resample_vertical16", n, size, k->resample_vertical16((const int16_t *const *)words, &by16, n,
                    (int16_t *)(void *)out, step, (gesso_row_layout_t)layout));
            }
            for (size_t i = 0; i < taps; i++) {
                free(bytes[i]);
                free(words[i]);
            }
        }
    }
}

static void compare_horizontal(const gesso_kernels_t *plain, const gesso_kernels_t *tested) {
    enum { units = 60, most = 70, stride = 30 };
    int16_t *strip = noise(units * 64);
    for (size_t n = 0; n <= most; n++) {
        int32_t starts[most + 1], counts[most + 1];
        int16_t *weights = noise(n * stride * 2);
        for (size_t i = 0; i < n * stride; i++) weights[i] /= 16;
        for (size_t x = 0; x < n; x++) {
            counts[x] = (int32_t)(next() % 15 + 1);
            starts[x] = (int32_t)(next() % (uint64_t)(units - counts[x] + 1));
        }
        COMPARE("resample_horizontal", n, n * 32, k->resample_horizontal(strip, starts, counts, weights, stride, 15, n,
            (int16_t *)(void *)out));
        free(weights);
    }
    free(strip);
}

static void compare_strips(const gesso_kernels_t *plain, const gesso_kernels_t *tested) {
    for (size_t n = 0; n <= 70; n++) {
        int16_t *sums = noise(n * 32), *row = noise(n * 6);
        // The pixel beside the last one of an odd count may hold anything, so only even counts are compared whole.
        size_t even = n & ~(size_t)1;
        COMPARE("pair_rgb", n, even * 32, k->pair_rgb(row, (int16_t *)(void *)out, 2, even));
        COMPARE("pair_gray", n, even * 32, k->pair_gray(row, (int16_t *)(void *)out, 13, even));
        for (size_t i = 0; i < n * 16; i += 4) {
            int16_t alpha = sums[i + 3] & 0x3FFF;
            sums[i + 3] = next() % 4 ? alpha : sums[i + 3];
            if (alpha > 0) for (int c = 0; c < 3; c++) sums[i + c] = (int16_t)(sums[i + c] % alpha);
        }
        for (int kind = 0; kind < 4; kind++) {
            size_t rows = kind == 3 ? 16 : 4, length = n * (kind == 3 ? 1 : kind == 1 ? 3 : 4);
            COMPARE(kind == 0 ? "store_rgba" : kind == 1 ? "store_rgb" : kind == 2 ? "store_straight" : "store_gray", n,
                rows * length, {
                uint8_t *targets[16];
                for (size_t r = 0; r < rows; r++) targets[r] = out + r * length;
                // Stores run on into the row's own next pixels only, so rows may touch.
                if (kind == 0) k->store_rgba(sums, targets, n);
                if (kind == 1) k->store_rgb(sums, targets, n);
                if (kind == 2) k->store_straight(sums, targets, n);
                if (kind == 3) k->store_gray(sums, targets, n);
            });
        }
        free(sums);
        free(row);
    }
}

static void compare_transpose(const gesso_kernels_t *plain, const gesso_kernels_t *tested) {
    for (size_t width = 1; width <= 70; width += 3) {
        for (size_t height = 1; height <= 70; height += 5) {
            for (size_t bytes = 1; bytes <= 8; bytes += bytes < 4 ? 1 : 2) {
                uint8_t *in = noise(width * height * bytes);
                int flips = (int)(next() % 4);
                COMPARE("transpose", width, width * height * bytes, k->transpose(in, width * bytes, width, height,
                    bytes, flips & 1, flips >> 1, out, height * bytes));
                free(in);
            }
        }
    }
}

static void compare_blends(const gesso_kernels_t *plain, const gesso_kernels_t *tested) {
    for (size_t n = 0; n <= 300; n++) {
        for (size_t offset = 0; offset < 4; offset++) {
            uint8_t *patch = noise(n + offset);
            uint16_t *shares = noise(2 * (n + offset));
            for (size_t i = 0; i < n + offset; i++) {
                uint64_t kind = next() % 8;
                shares[i] = kind == 0 ? 0 : kind == 1 ? 65535 : shares[i];
            }
            COMPARE("blend_light", n, n + offset, k->blend_light(out + offset, patch + offset, shares + offset, n));
            free(patch);
            free(shares);
        }
    }
}

static void compare_corrections(const gesso_kernels_t *plain, const gesso_kernels_t *tested) {
    for (size_t n = 0; n <= 200; n++) {
        float gain[200], upper[200], lower[200];
        for (size_t i = 0; i < n; i++) {
            gain[i] = 0.7f + (float)(next() % 1000) / 1500;
            upper[i] = (float)(next() % 1200) / 10 - 60;
            lower[i] = (float)(next() % 1200) / 10 - 60;
        }
        COMPARE("tone_apply", n, n, k->tone_apply(out, n, gain, upper, lower, 0.37f));
    }
}

static void compare_alignments(const gesso_kernels_t *plain, const gesso_kernels_t *tested) {
    enum { width = 150, height = 60 };
    uint8_t *reference = noise(width * height), *moved = noise(width * height), *keep = noise(width * height);
    gesso_plane_t one = {reference, width, width, height}, two = {moved, width, width, height};
    for (int i = 0; i < width * height; i++) keep[i] = keep[i] < 30 ? keep[i] : 255;
    for (int turn = 0; turn < 500; turn++) {
        int32_t left = (int32_t)(next() % width), top = (int32_t)(next() % height);
        gesso_region_t region = {left, top, left + (int32_t)(next() % (uint64_t)(width - left + 1)),
            top + (int32_t)(next() % (uint64_t)(height - top + 1))};
        gesso_motion_t motion = {(double)(next() % 4001) / 50 - 40, (double)(next() % 4001) / 50 - 40,
            turn % 3 ? 0.75 + (double)(next() % 1001) / 2000 : 1, width / 2, height / 2};
        gesso_alignment_sums_t sums[2];
        plain->alignment_sums(&one, &two, turn % 2 ? keep : 0, width, &region, &motion, 1.1, -2, 12, &sums[0]);
        tested->alignment_sums(&one, &two, turn % 2 ? keep : 0, width, &region, &motion, 1.1, -2, 12, &sums[1]);
        same("alignment_sums", (size_t)turn, &sums[0], &sums[1], sizeof *sums);
        gesso_region_t inner = {left + 1, top + 1, region.right - 1, region.bottom - 1};
        int64_t tensors[2][3];
        plain->structure_tensor(&one, 0, 0, &inner, tensors[0]);
        tested->structure_tensor(&one, 0, 0, &inner, tensors[1]);
        same("structure_tensor", (size_t)turn, tensors[0], tensors[1], sizeof *tensors);
    }
    free(reference);
    free(moved);
    free(keep);
}

int main(void) {
    const gesso_kernels_t *plain = gesso_kernels_for(GESSO_SIMD_SCALAR);
    for (int level = 1; level < GESSO_SIMD_LEVEL_COUNT; level++) {
        const gesso_kernels_t *tested = gesso_kernels_for((gesso_simd_level_t)level);
        if (!tested) continue;
        long before = compared;
        compare_rows(plain, tested);
        compare_vertical(plain, tested);
        compare_horizontal(plain, tested);
        compare_strips(plain, tested);
        compare_transpose(plain, tested);
        compare_blends(plain, tested);
        compare_corrections(plain, tested);
        compare_alignments(plain, tested);
        printf("%s: %ld comparisons\n", gesso_simd_level_name((gesso_simd_level_t)level), compared - before);
    }
    if (differing) printf("%ld differ\n", differing);
    return differing != 0;
}
