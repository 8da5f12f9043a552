// Resampling with SSE4.1.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

#define SET sse4
#define TARGET GESSO_TARGET_SSE4
#define VECTOR_BYTES 16
#define UNITS 1

typedef __m128i vec;

#define v_zero() _mm_setzero_si128()
#define v_load(p) _mm_loadu_si128((const __m128i *)(p))
#define v_store(p, v) _mm_storeu_si128((__m128i *)(p), v)
#define v_store_lanes(p, stride, v) v_store(p, v)
#define v_lanes(...) _mm_setr_epi8(__VA_ARGS__)
#define v_broadcast32(x) _mm_set1_epi32(x)
#define v_broadcast16(x) _mm_set1_epi16(x)
#define v_and(a, b) _mm_and_si128(a, b)
#define v_or(a, b) _mm_or_si128(a, b)
#define v_unpack_low16(a, b) _mm_unpacklo_epi16(a, b)
#define v_unpack_high16(a, b) _mm_unpackhi_epi16(a, b)
#define v_dot(sum, a, b) _mm_add_epi32(sum, _mm_madd_epi16(a, b))
#define v_pack32(a, b) _mm_packs_epi32(a, b)
#define v_shift_right32(a, by) _mm_sra_epi32(a, by)
#define v_shuffle8(a, order) _mm_shuffle_epi8(a, order)
#define v_widen8(p) _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)(p)))
#define v_add16(a, b) _mm_add_epi16(a, b)
#define v_multiply_low16(a, b) _mm_mullo_epi16(a, b)
#define v_multiply_high16(a, b) _mm_mulhi_epu16(a, b)
#define v_store_sums(p, totals)                                                                                      \
    (v_store(p, v_pack32(totals[0], totals[1])), v_store((p) + 8, v_pack32(totals[2], totals[3])))

#include "resample_x86.h"

#endif
