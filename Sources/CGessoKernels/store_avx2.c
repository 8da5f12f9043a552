// Stores resampled sums as pixels with AVX2.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

// The straight levels of two pixels as 32-bit integers; the sums of a pixel are one 16-byte lane.
GESSO_TARGET_AVX2 static inline __m256i straight_pixels(__m256i sums) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i alpha = _mm256_shuffle_epi32(sums, 0xFF);
    alpha = _mm256_min_epi32(_mm256_max_epi32(alpha, zero), _mm256_set1_epi32(32640));
    __m256i color = _mm256_min_epi32(_mm256_max_epi32(sums, zero), alpha);
    __m256i scaled = _mm256_sub_epi32(_mm256_slli_epi32(color, 8), color);
    __m256 quotient = _mm256_div_ps(_mm256_cvtepi32_ps(scaled), _mm256_cvtepi32_ps(alpha));
    __m256i levels = _mm256_cvttps_epi32(_mm256_add_ps(quotient, _mm256_set1_ps(0.5f)));
    __m256i alpha8 = _mm256_srli_epi32(_mm256_add_epi32(alpha, _mm256_set1_epi32(64)), 7);
    // 0 / 0 is NaN, but alpha8 is 0 then.
    levels = _mm256_blend_epi32(levels, alpha8, 0x88);
    return _mm256_andnot_si256(_mm256_cmpeq_epi32(alpha8, zero), levels);
}

GESSO_TARGET_AVX2 void gesso_store_straight_avx2(const int16_t *sums, uint8_t *const *rows, size_t count) {
    size_t x = 0;
    for (; x + 2 <= count; x += 2) {
        __m256i pixels[4];
        for (int i = 0; i < 4; i++) {
            __m128i both = _mm_loadu_si128((const __m128i *)(sums + x * 16 + i * 8));
            pixels[i] = straight_pixels(_mm256_cvtepi16_epi32(both));
        }
        // Lanes: rows 0 and 1 of the first pixel, rows 2 and 3, then the second pixel's.
        __m256i first = _mm256_packus_epi32(pixels[0], pixels[2]), second = _mm256_packus_epi32(pixels[1], pixels[3]);
        // Dwords: row 0 of both pixels, row 2 of both; row 1 of both, row 3 of both.
        __m256i bytes = _mm256_packus_epi16(first, second);
        __m128i even = _mm256_castsi256_si128(bytes), odd = _mm256_extracti128_si256(bytes, 1);
        _mm_storel_epi64((__m128i *)(rows[0] + 4 * x), even);
        _mm_storel_epi64((__m128i *)(rows[1] + 4 * x), odd);
        _mm_storel_epi64((__m128i *)(rows[2] + 4 * x), _mm_unpackhi_epi64(even, even));
        _mm_storel_epi64((__m128i *)(rows[3] + 4 * x), _mm_unpackhi_epi64(odd, odd));
    }
    uint8_t *rest[4];
    for (int row = 0; row < 4; row++) rest[row] = rows[row] + 4 * x;
    gesso_store_straight_scalar(sums + x * 16, rest, count - x);
}

#endif
