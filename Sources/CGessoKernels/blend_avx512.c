// Blending in linear light with AVX-512.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

#define SET avx512
#define TARGET GESSO_TARGET_AVX512
#define VECTOR_BYTES 64

typedef __m512i vec;

#define v_load(p) _mm512_loadu_si512(p)
#define v_store(p, v) _mm512_storeu_si512(p, v)
#define v_lanes(v) _mm512_broadcast_i32x4(v)
#define v_zero() _mm512_setzero_si512()
#define v_broadcast8(x) _mm512_set1_epi8(x)
#define v_broadcast16(x) _mm512_set1_epi16(x)
#define v_and(a, b) _mm512_and_si512(a, b)
#define v_not(v) _mm512_ternarylogic_epi32(v, v, v, 0x0F)
#define v_add16(a, b) _mm512_add_epi16(a, b)
#define v_subtract16(a, b) _mm512_sub_epi16(a, b)
#define v_high16(a, b) _mm512_mulhi_epu16(a, b)
#define v_shift_left16(v, bits) _mm512_slli_epi16(v, bits)
#define v_shift_right16(v, bits) _mm512_srli_epi16(v, bits)
#define v_shuffle8(table, index) _mm512_shuffle_epi8(table, index)
#define v_blend8(a, b, mask) _mm512_mask_blend_epi8(_mm512_movepi8_mask(mask), a, b)
#define v_if_zero8(test, a, b) _mm512_mask_blend_epi8(_mm512_testn_epi8_mask(test, test), b, a)
#define v_if_zero16(test, a, b) _mm512_mask_blend_epi16(_mm512_testn_epi16_mask(test, test), b, a)
#define v_unpack_low8(a, b) _mm512_unpacklo_epi8(a, b)
#define v_unpack_high8(a, b) _mm512_unpackhi_epi8(a, b)
#define v_pack16(a, b) _mm512_packus_epi16(a, b)
// Lanes 0 and 2 of each, lanes 1 and 3 of each.
#define v_low_halves(a, b) _mm512_shuffle_i64x2(a, b, _MM_SHUFFLE(2, 0, 2, 0))
#define v_high_halves(a, b) _mm512_shuffle_i64x2(a, b, _MM_SHUFFLE(3, 1, 3, 1))

#include "blend_x86.h"

#endif
