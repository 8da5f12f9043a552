// Resampling with AVX2.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

#define SET avx2
#define TARGET GESSO_TARGET_AVX2
#define VECTOR_BYTES 32
#define UNITS 1

typedef __m256i vec;

#define v_zero() _mm256_setzero_si256()
#define v_load(p) _mm256_loadu_si256((const __m256i *)(p))
#define v_store(p, v) _mm256_storeu_si256((__m256i *)(p), v)
#define v_store_lanes(p, stride, v)                                                                                  \
    (_mm_storeu_si128((__m128i *)(p), _mm256_castsi256_si128(v)),                                                    \
        _mm_storeu_si128((__m128i *)((p) + (stride)), _mm256_extracti128_si256(v, 1)))
#define v_lanes(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))
#define v_broadcast32(x) _mm256_set1_epi32(x)
#define v_broadcast16(x) _mm256_set1_epi16(x)
#define v_and(a, b) _mm256_and_si256(a, b)
#define v_or(a, b) _mm256_or_si256(a, b)
#define v_unpack_low16(a, b) _mm256_unpacklo_epi16(a, b)
#define v_unpack_high16(a, b) _mm256_unpackhi_epi16(a, b)
#define v_dot(sum, a, b) _mm256_add_epi32(sum, _mm256_madd_epi16(a, b))
#define v_pack32(a, b) _mm256_packs_epi32(a, b)
#define v_shift_right32(a, by) _mm256_sra_epi32(a, by)
#define v_shuffle8(a, order) _mm256_shuffle_epi8(a, order)
#define v_widen8(p) _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(p)))
#define v_add16(a, b) _mm256_add_epi16(a, b)
#define v_multiply_low16(a, b) _mm256_mullo_epi16(a, b)
#define v_multiply_high16(a, b) _mm256_mulhi_epu16(a, b)
// Packing works within lanes: rows are in the order 0, 2, 1, 3.
#define v_store_sums(p, totals) v_store(p, _mm256_permute4x64_epi64(v_pack32(totals[0], totals[1]), 0xD8))

#include "resample_x86.h"

#endif
