// Blending in linear light with SSE4.1.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

#define SET sse4
#define TARGET GESSO_TARGET_SSE4
#define VECTOR_BYTES 16

typedef __m128i vec;

#define v_load(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define v_store(p, v) _mm_storeu_si128((__m128i *)(void *)(p), v)
#define v_lanes(v) (v)
#define v_zero() _mm_setzero_si128()
#define v_broadcast8(x) _mm_set1_epi8(x)
#define v_broadcast16(x) _mm_set1_epi16(x)
#define v_and(a, b) _mm_and_si128(a, b)
#define v_not(v) _mm_xor_si128(v, _mm_set1_epi8(-1))
#define v_add16(a, b) _mm_add_epi16(a, b)
#define v_subtract16(a, b) _mm_sub_epi16(a, b)
#define v_high16(a, b) _mm_mulhi_epu16(a, b)
#define v_shift_left16(v, bits) _mm_slli_epi16(v, bits)
#define v_shift_right16(v, bits) _mm_srli_epi16(v, bits)
#define v_shuffle8(table, index) _mm_shuffle_epi8(table, index)
#define v_blend8(a, b, mask) _mm_blendv_epi8(a, b, mask)
#define v_if_zero8(test, a, b) _mm_blendv_epi8(b, a, _mm_cmpeq_epi8(test, _mm_setzero_si128()))
#define v_if_zero16(test, a, b) _mm_blendv_epi8(b, a, _mm_cmpeq_epi16(test, _mm_setzero_si128()))
#define v_unpack_low8(a, b) _mm_unpacklo_epi8(a, b)
#define v_unpack_high8(a, b) _mm_unpackhi_epi8(a, b)
#define v_pack16(a, b) _mm_packus_epi16(a, b)
#define v_low_halves(a, b) (a)
#define v_high_halves(a, b) (b)

#include "blend_x86.h"

#endif
