// Conversions of 8-bit rows with SSE4.1.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>
#include <string.h>

#define SET sse4
#define TARGET GESSO_TARGET_SSE4
#define VECTOR_BYTES 16

typedef __m128i vec;

#define v_load(p) _mm_loadu_si128((const __m128i *)(p))
#define v_store(p, v) _mm_storeu_si128((__m128i *)(p), v)
#define v_broadcast8(x) _mm_set1_epi8(x)
#define v_or(a, b) _mm_or_si128(a, b)
#define v_max8(a, b) _mm_max_epu8(a, b)
#define v_subtract_saturated8(a, b) _mm_subs_epu8(a, b)
#define v_equal8(a, b) (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b))
#define v_shift_right32(v, bits) _mm_srli_epi32(v, bits)
#define v_where_zero(mask, v) _mm_and_si128(_mm_cmpeq_epi8(mask, _mm_setzero_si128()), v)
#define v_store_low_bytes(p, v)                                                                                      \
    do {                                                                                                             \
        int32_t low = _mm_cvtsi128_si32(_mm_shuffle_epi8(v, _mm_set1_epi32(0x0C080400)));                            \
        memcpy(p, &low, 4);                                                                                          \
    } while (0)

#include "rows_x86.h"

#endif
