// Stores resampled sums as pixels with AVX-512.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

// One pixel of each of four rows, straight, as 16 bytes.
GESSO_TARGET_AVX512 static inline __m128i straight_column(const int16_t *sums) {
    const __m512i zero = _mm512_setzero_si512();
    __m512i all = _mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i *)sums));
    __m512i alpha = _mm512_shuffle_epi32(all, _MM_PERM_DDDD);
    alpha = _mm512_min_epi32(_mm512_max_epi32(alpha, zero), _mm512_set1_epi32(32640));
    __m512i color = _mm512_min_epi32(_mm512_max_epi32(all, zero), alpha);
    __m512i scaled = _mm512_sub_epi32(_mm512_slli_epi32(color, 8), color);
    __m512 quotient = _mm512_div_ps(_mm512_cvtepi32_ps(scaled), _mm512_cvtepi32_ps(alpha));
    __m512i levels = _mm512_cvttps_epi32(_mm512_add_ps(quotient, _mm512_set1_ps(0.5f)));
    __m512i alpha8 = _mm512_srli_epi32(_mm512_add_epi32(alpha, _mm512_set1_epi32(64)), 7);
    levels = _mm512_mask_mov_epi32(levels, 0x8888, alpha8);
    // 0 / 0 is NaN, but alpha8 is 0 then.
    return _mm512_cvtepi32_epi8(_mm512_maskz_mov_epi32(_mm512_test_epi32_mask(alpha8, alpha8), levels));
}

GESSO_TARGET_AVX512 void gesso_store_straight_avx512(const int16_t *sums, uint8_t *const *rows, size_t count) {
    size_t x = 0;
    for (; x + 4 <= count; x += 4) {
        __m128i p0 = straight_column(sums + x * 16), p1 = straight_column(sums + x * 16 + 16);
        __m128i p2 = straight_column(sums + x * 16 + 32), p3 = straight_column(sums + x * 16 + 48);
        __m128i a = _mm_unpacklo_epi32(p0, p1), b = _mm_unpackhi_epi32(p0, p1);
        __m128i c = _mm_unpacklo_epi32(p2, p3), d = _mm_unpackhi_epi32(p2, p3);
        _mm_storeu_si128((__m128i *)(rows[0] + 4 * x), _mm_unpacklo_epi64(a, c));
        _mm_storeu_si128((__m128i *)(rows[1] + 4 * x), _mm_unpackhi_epi64(a, c));
        _mm_storeu_si128((__m128i *)(rows[2] + 4 * x), _mm_unpacklo_epi64(b, d));
        _mm_storeu_si128((__m128i *)(rows[3] + 4 * x), _mm_unpackhi_epi64(b, d));
    }
    uint8_t *rest[4];
    for (int row = 0; row < 4; row++) rest[row] = rows[row] + 4 * x;
    gesso_store_straight_scalar(sums + x * 16, rest, count - x);
}

#endif
