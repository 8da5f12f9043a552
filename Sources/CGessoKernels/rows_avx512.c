// Conversions of 8-bit rows with AVX-512.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

#define SET avx512
#define TARGET GESSO_TARGET_AVX512
#define VECTOR_BYTES 64

typedef __m512i vec;

#define v_load(p) _mm512_loadu_si512(p)
#define v_store(p, v) _mm512_storeu_si512(p, v)
#define v_broadcast8(x) _mm512_set1_epi8(x)
#define v_or(a, b) _mm512_or_si512(a, b)
#define v_max8(a, b) _mm512_max_epu8(a, b)
#define v_subtract_saturated8(a, b) _mm512_subs_epu8(a, b)
#define v_equal8(a, b) _mm512_cmpeq_epi8_mask(a, b)
#define v_shift_right32(v, bits) _mm512_srli_epi32(v, bits)
#define v_where_zero(mask, v) _mm512_maskz_mov_epi8(_mm512_testn_epi8_mask(mask, mask), v)
#define v_store_low_bytes(p, v) _mm_storeu_si128((__m128i *)(p), _mm512_cvtepi32_epi8(v))

#include "rows_x86.h"

#endif
