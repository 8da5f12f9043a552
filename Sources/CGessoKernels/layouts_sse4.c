#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

// Layout conversions of 8-bit rows for all x86 sets: with 16-byte shuffles they already run at memory speed.

#define LOAD(p) _mm_loadu_si128((const __m128i *)(p))
#define STORE(p, v) _mm_storeu_si128((__m128i *)(p), v)

GESSO_TARGET_SSE4 void gesso_gray_to_rgb_sse4(const uint8_t *source, uint8_t *target, size_t count) {
    const __m128i first = _mm_setr_epi8(0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5);
    const __m128i second = _mm_setr_epi8(5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10);
    const __m128i third = _mm_setr_epi8(10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i gray = LOAD(source + i);
        STORE(target + 3 * i, _mm_shuffle_epi8(gray, first));
        STORE(target + 3 * i + 16, _mm_shuffle_epi8(gray, second));
        STORE(target + 3 * i + 32, _mm_shuffle_epi8(gray, third));
    }
    gesso_gray_to_rgb_scalar(source + i, target + 3 * i, count - i);
}

GESSO_TARGET_SSE4 void gesso_gray_to_rgba_sse4(const uint8_t *source, uint8_t *target, size_t count, uint8_t alpha) {
    const __m128i full = _mm_set1_epi32((int)((uint32_t)alpha << 24));
    const __m128i spread = _mm_setr_epi8(0, 0, 0, -1, 1, 1, 1, -1, 2, 2, 2, -1, 3, 3, 3, -1);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i gray = LOAD(source + i);
        STORE(target + 4 * i, _mm_or_si128(_mm_shuffle_epi8(gray, spread), full));
        STORE(target + 4 * i + 16, _mm_or_si128(_mm_shuffle_epi8(_mm_srli_si128(gray, 4), spread), full));
        STORE(target + 4 * i + 32, _mm_or_si128(_mm_shuffle_epi8(_mm_srli_si128(gray, 8), spread), full));
        STORE(target + 4 * i + 48, _mm_or_si128(_mm_shuffle_epi8(_mm_srli_si128(gray, 12), spread), full));
    }
    gesso_gray_to_rgba_scalar(source + i, target + 4 * i, count - i, alpha);
}

GESSO_TARGET_SSE4 void gesso_rgb_to_rgba_sse4(const uint8_t *source, uint8_t *target, size_t count, uint8_t alpha) {
    const __m128i full = _mm_set1_epi32((int)((uint32_t)alpha << 24));
    const __m128i spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i a = LOAD(source + 3 * i), b = LOAD(source + 3 * i + 16), c = LOAD(source + 3 * i + 32);
        STORE(target + 4 * i, _mm_or_si128(_mm_shuffle_epi8(a, spread), full));
        STORE(target + 4 * i + 16, _mm_or_si128(_mm_shuffle_epi8(_mm_alignr_epi8(b, a, 12), spread), full));
        STORE(target + 4 * i + 32, _mm_or_si128(_mm_shuffle_epi8(_mm_alignr_epi8(c, b, 8), spread), full));
        STORE(target + 4 * i + 48, _mm_or_si128(_mm_shuffle_epi8(_mm_srli_si128(c, 4), spread), full));
    }
    gesso_rgb_to_rgba_scalar(source + 3 * i, target + 4 * i, count - i, alpha);
}

// Packs sixteen RGB pixels, four in the first 12 bytes of each vector, into 48 bytes without gaps.
GESSO_TARGET_SSE4 static inline void store_squeezed(uint8_t *target, __m128i a, __m128i b, __m128i c, __m128i d) {
    STORE(target, _mm_or_si128(a, _mm_slli_si128(b, 12)));
    STORE(target + 16, _mm_or_si128(_mm_srli_si128(b, 4), _mm_slli_si128(c, 8)));
    STORE(target + 32, _mm_or_si128(_mm_srli_si128(c, 8), _mm_slli_si128(d, 4)));
}

GESSO_TARGET_SSE4 void gesso_rgba_to_rgb_sse4(const uint8_t *source, uint8_t *target, size_t count) {
    const __m128i squeeze = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const uint8_t *from = source + 4 * i;
        __m128i rgb[4];
        for (int k = 0; k < 4; k++) rgb[k] = _mm_shuffle_epi8(LOAD(from + 16 * k), squeeze);
        store_squeezed(target + 3 * i, rgb[0], rgb[1], rgb[2], rgb[3]);
    }
    gesso_rgba_to_rgb_scalar(source + 4 * i, target + 3 * i, count - i);
}

// Two pixels with 16-bit samples, composited over the background.
GESSO_TARGET_SSE4 static inline __m128i over(__m128i pixels, __m128i background) {
    const __m128i spread = _mm_setr_epi8(6, 7, 6, 7, 6, 7, 6, 7, 14, 15, 14, 15, 14, 15, 14, 15);
    __m128i alpha = _mm_shuffle_epi8(pixels, spread);
    __m128i rest = _mm_sub_epi16(_mm_set1_epi16(255), alpha);
    __m128i sum = _mm_add_epi16(_mm_mullo_epi16(pixels, alpha), _mm_mullo_epi16(background, rest));
    sum = _mm_add_epi16(sum, _mm_set1_epi16(128));
    return _mm_srli_epi16(_mm_add_epi16(sum, _mm_srli_epi16(sum, 8)), 8);
}

GESSO_TARGET_SSE4 void gesso_flatten_sse4(
    const uint8_t *rgba, uint8_t *rgb, size_t count, const uint8_t background[3]) {
    const __m128i squeeze = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    const __m128i zero = _mm_setzero_si128();
    const __m128i under = _mm_setr_epi16(
        background[0], background[1], background[2], 0, background[0], background[1], background[2], 0);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i flat[4];
        for (int k = 0; k < 4; k++) {
            __m128i pixels = LOAD(rgba + 4 * i + 16 * k);
            __m128i low = over(_mm_unpacklo_epi8(pixels, zero), under);
            flat[k] = _mm_shuffle_epi8(_mm_packus_epi16(low, over(_mm_unpackhi_epi8(pixels, zero), under)), squeeze);
        }
        store_squeezed(rgb + 3 * i, flat[0], flat[1], flat[2], flat[3]);
    }
    gesso_flatten_scalar(rgba + 4 * i, rgb + 3 * i, count - i, background);
}

GESSO_TARGET_SSE4 void gesso_alpha_from_coverage_sse4(const uint8_t *coverage, uint8_t *rgba, size_t count) {
    const __m128i place = _mm_setr_epi8(-1, -1, -1, 0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, 3);
    const __m128i color = _mm_set1_epi32(0x00FFFFFF);
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        __m128i alpha = _mm_xor_si128(LOAD(coverage + i), _mm_set1_epi8(-1));
        for (int k = 0; k < 4; k++, alpha = _mm_srli_si128(alpha, 4)) {
            uint8_t *pixels = rgba + 4 * i + 16 * k;
            STORE(pixels, _mm_or_si128(_mm_and_si128(LOAD(pixels), color), _mm_shuffle_epi8(alpha, place)));
        }
    }
    gesso_alpha_from_coverage_scalar(coverage + i, rgba + 4 * i, count - i);
}

#endif
