// Conversions of 8-bit rows with AVX2.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

#define SET avx2
#define TARGET GESSO_TARGET_AVX2
#define VECTOR_BYTES 32

typedef __m256i vec;

#define v_load(p) _mm256_loadu_si256((const __m256i *)(p))
#define v_store(p, v) _mm256_storeu_si256((__m256i *)(p), v)
#define v_broadcast8(x) _mm256_set1_epi8(x)
#define v_or(a, b) _mm256_or_si256(a, b)
#define v_max8(a, b) _mm256_max_epu8(a, b)
#define v_subtract_saturated8(a, b) _mm256_subs_epu8(a, b)
#define v_equal8(a, b) (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b))
#define v_shift_right32(v, bits) _mm256_srli_epi32(v, bits)
#define v_where_zero(mask, v) _mm256_and_si256(_mm256_cmpeq_epi8(mask, _mm256_setzero_si256()), v)
// Four bytes of each lane, lane after lane.
#define v_store_low_bytes(p, v)                                                                                      \
    do {                                                                                                             \
        __m256i low = _mm256_shuffle_epi8(v, _mm256_set1_epi32(0x0C080400));                                         \
        __m128i both = _mm_unpacklo_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));            \
        _mm_storel_epi64((__m128i *)(p), both);                                                                      \
    } while (0)

#include "rows_x86.h"

#endif
