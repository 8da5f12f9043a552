// Resampling with AVX-512.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

#define SET avx512
#define TARGET GESSO_TARGET_AVX512
#define VECTOR_BYTES 64
#define UNITS 2

typedef __m512i vec;

#define v_zero() _mm512_setzero_si512()
#define v_load(p) _mm512_loadu_si512(p)
#define v_store(p, v) _mm512_storeu_si512(p, v)
#define v_store_lanes(p, stride, v)                                                                                  \
    (_mm_storeu_si128((__m128i *)(p), _mm512_castsi512_si128(v)),                                                    \
        _mm_storeu_si128((__m128i *)((p) + (stride)), _mm512_extracti32x4_epi32(v, 1)),                              \
        _mm_storeu_si128((__m128i *)((p) + 2 * (stride)), _mm512_extracti32x4_epi32(v, 2)),                          \
        _mm_storeu_si128((__m128i *)((p) + 3 * (stride)), _mm512_extracti32x4_epi32(v, 3)))
#define v_lanes(...) _mm512_broadcast_i32x4(_mm_setr_epi8(__VA_ARGS__))
#define v_broadcast32(x) _mm512_set1_epi32(x)
#define v_broadcast16(x) _mm512_set1_epi16(x)
#define v_and(a, b) _mm512_and_si512(a, b)
#define v_or(a, b) _mm512_or_si512(a, b)
#define v_unpack_low16(a, b) _mm512_unpacklo_epi16(a, b)
#define v_unpack_high16(a, b) _mm512_unpackhi_epi16(a, b)
#define v_dot(sum, a, b) _mm512_dpwssd_epi32(sum, a, b)
#define v_pack32(a, b) _mm512_packs_epi32(a, b)
#define v_shift_right32(a, by) _mm512_sra_epi32(a, by)
#define v_shuffle8(a, order) _mm512_shuffle_epi8(a, order)
#define v_widen8(p) _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i *)(p)))
#define v_add16(a, b) _mm512_add_epi16(a, b)
#define v_multiply_low16(a, b) _mm512_mullo_epi16(a, b)
#define v_multiply_high16(a, b) _mm512_mulhi_epu16(a, b)
#define v_store_sums(p, totals) _mm256_storeu_si256((__m256i *)(p), _mm512_cvtsepi32_epi16(totals[0]))

#include "resample_x86.h"

#endif
