#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>
#include <string.h>

// Code for all x86 sets: reordering between strips and rows, where wider vectors are not faster.

#define LOAD(p) _mm_loadu_si128((const __m128i *)(p))
#define STORE(p, v) _mm_storeu_si128((__m128i *)(p), v)

GESSO_TARGET_SSE4 void gesso_pair_rgb_sse4(const int16_t *plain, int16_t *strip, size_t row, size_t count) {
    const __m128i order = _mm_setr_epi8(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1);
    size_t x = 0;
    // A load reads two samples more than its two pixels.
    for (; x + 3 <= count; x += 2) STORE(strip + x * 16 + row * 8, _mm_shuffle_epi8(LOAD(plain + 3 * x), order));
    gesso_pair_rgb_scalar(plain + 3 * x, strip + x * 16, row, count - x);
}

GESSO_TARGET_SSE4 void gesso_pair_gray_sse4(const int16_t *plain, int16_t *strip, size_t row, size_t count) {
    size_t x = 0;
    for (; x + 8 <= count; x += 8) {
        __m128i pixels = LOAD(plain + x);
        int32_t pairs[4] = {_mm_extract_epi32(pixels, 0), _mm_extract_epi32(pixels, 1), _mm_extract_epi32(pixels, 2),
            _mm_extract_epi32(pixels, 3)};
        for (int i = 0; i < 4; i++) memcpy(strip + (x / 2 + i) * 32 + row * 2, &pairs[i], 4);
    }
    gesso_pair_gray_scalar(plain + x, strip + x * 16, row, count - x);
}

// Converts sixteen sums to bytes.
GESSO_TARGET_SSE4 static __m128i levels(const int16_t *sums) {
    const __m128i half = _mm_set1_epi16(32);
    __m128i low = _mm_srai_epi16(_mm_adds_epi16(LOAD(sums), half), 6);
    return _mm_packus_epi16(low, _mm_srai_epi16(_mm_adds_epi16(LOAD(sums + 8), half), 6));
}

// Reorders four pixels of four rows from pixel by pixel to row by row.
GESSO_TARGET_SSE4 static void transpose_pixels(__m128i p[4]) {
    __m128i a = _mm_unpacklo_epi32(p[0], p[1]), b = _mm_unpackhi_epi32(p[0], p[1]);
    __m128i c = _mm_unpacklo_epi32(p[2], p[3]), d = _mm_unpackhi_epi32(p[2], p[3]);
    p[0] = _mm_unpacklo_epi64(a, c);
    p[1] = _mm_unpackhi_epi64(a, c);
    p[2] = _mm_unpacklo_epi64(b, d);
    p[3] = _mm_unpackhi_epi64(b, d);
}

static void rest_of_rows(
    void (*store)(const int16_t *, uint8_t *const *, size_t), const int16_t *sums, uint8_t *const *rows, size_t done,
    size_t count, size_t channels) {
    uint8_t *rest[4];
    for (int row = 0; row < 4; row++) rest[row] = rows[row] + done * channels;
    store(sums + done * 16, rest, count - done);
}

GESSO_TARGET_SSE4 void gesso_store_rgba_sse4(const int16_t *sums, uint8_t *const *rows, size_t count) {
    size_t x = 0;
    for (; x + 4 <= count; x += 4) {
        __m128i pixels[4];
        for (int i = 0; i < 4; i++) pixels[i] = levels(sums + (x + i) * 16);
        transpose_pixels(pixels);
        for (int row = 0; row < 4; row++) STORE(rows[row] + 4 * x, pixels[row]);
    }
    rest_of_rows(gesso_store_rgba_scalar, sums, rows, x, count, 4);
}

GESSO_TARGET_SSE4 void gesso_store_rgb_sse4(const int16_t *sums, uint8_t *const *rows, size_t count) {
    const __m128i squeeze = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    size_t x = 0;
    // Each store writes four bytes after its pixels, into the next ones of this row.
    for (; x + 6 <= count; x += 4) {
        __m128i pixels[4];
        for (int i = 0; i < 4; i++) pixels[i] = levels(sums + (x + i) * 16);
        transpose_pixels(pixels);
        for (int row = 0; row < 4; row++) STORE(rows[row] + 3 * x, _mm_shuffle_epi8(pixels[row], squeeze));
    }
    rest_of_rows(gesso_store_rgb_scalar, sums, rows, x, count, 3);
}

// The straight levels of one pixel's four sums as 32-bit integers.
GESSO_TARGET_SSE4 static __m128i straight_pixel(__m128i sums) {
    const __m128i zero = _mm_setzero_si128();
    __m128i alpha = _mm_min_epi32(_mm_max_epi32(_mm_shuffle_epi32(sums, 0xFF), zero), _mm_set1_epi32(32640));
    __m128i color = _mm_min_epi32(_mm_max_epi32(sums, zero), alpha);
    __m128i scaled = _mm_sub_epi32(_mm_slli_epi32(color, 8), color);
    __m128 quotient = _mm_div_ps(_mm_cvtepi32_ps(scaled), _mm_cvtepi32_ps(alpha));
    __m128i levels = _mm_cvttps_epi32(_mm_add_ps(quotient, _mm_set1_ps(0.5f)));
    __m128i alpha8 = _mm_srli_epi32(_mm_add_epi32(alpha, _mm_set1_epi32(64)), 7);
    // 0 / 0 is NaN, but alpha8 is 0 then.
    levels = _mm_blend_epi16(levels, alpha8, 0xC0);
    return _mm_andnot_si128(_mm_cmpeq_epi32(alpha8, zero), levels);
}

GESSO_TARGET_SSE4 void gesso_store_straight_sse4(const int16_t *sums, uint8_t *const *rows, size_t count) {
    size_t x = 0;
    for (; x + 4 <= count; x += 4) {
        __m128i pixels[4];
        for (int i = 0; i < 4; i++) {
            const int16_t *from = sums + (x + i) * 16;
            __m128i row[4];
            for (int r = 0; r < 4; r++) {
                row[r] = straight_pixel(_mm_cvtepi16_epi32(_mm_loadl_epi64((const __m128i *)(from + 4 * r))));
            }
            pixels[i] = _mm_packus_epi16(_mm_packus_epi32(row[0], row[1]), _mm_packus_epi32(row[2], row[3]));
        }
        transpose_pixels(pixels);
        for (int row = 0; row < 4; row++) STORE(rows[row] + 4 * x, pixels[row]);
    }
    rest_of_rows(gesso_store_straight_scalar, sums, rows, x, count, 4);
}

GESSO_TARGET_SSE4 void gesso_store_gray_sse4(const int16_t *sums, uint8_t *const *rows, size_t count) {
    size_t x = 0;
    for (; x + 16 <= count; x += 16) {
        __m128i a[16], b[16];
        for (int i = 0; i < 16; i++) a[i] = levels(sums + (x + i) * 16);
        // Four rounds of pairing i with i + 8 transpose the matrix.
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < 8; i++) {
                b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
                b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
            }
            memcpy(a, b, sizeof a);
        }
        for (int row = 0; row < 16; row++) STORE(rows[row] + x, a[row]);
    }
    uint8_t *rest[16];
    for (int row = 0; row < 16; row++) rest[row] = rows[row] + x;
    gesso_store_gray_scalar(sums + x * 16, rest, count - x);
}

#endif
