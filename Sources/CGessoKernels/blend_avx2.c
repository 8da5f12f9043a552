// Blending in linear light with AVX2.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>

#define SET avx2
#define TARGET GESSO_TARGET_AVX2
#define VECTOR_BYTES 32

typedef __m256i vec;

#define v_load(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define v_store(p, v) _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define v_lanes(v) _mm256_broadcastsi128_si256(v)
#define v_zero() _mm256_setzero_si256()
#define v_broadcast8(x) _mm256_set1_epi8(x)
#define v_broadcast16(x) _mm256_set1_epi16(x)
#define v_and(a, b) _mm256_and_si256(a, b)
#define v_not(v) _mm256_xor_si256(v, _mm256_set1_epi8(-1))
#define v_add16(a, b) _mm256_add_epi16(a, b)
#define v_subtract16(a, b) _mm256_sub_epi16(a, b)
#define v_high16(a, b) _mm256_mulhi_epu16(a, b)
#define v_shift_left16(v, bits) _mm256_slli_epi16(v, bits)
#define v_shift_right16(v, bits) _mm256_srli_epi16(v, bits)
#define v_shuffle8(table, index) _mm256_shuffle_epi8(table, index)
#define v_blend8(a, b, mask) _mm256_blendv_epi8(a, b, mask)
#define v_if_zero8(test, a, b) _mm256_blendv_epi8(b, a, _mm256_cmpeq_epi8(test, _mm256_setzero_si256()))
#define v_if_zero16(test, a, b) _mm256_blendv_epi8(b, a, _mm256_cmpeq_epi16(test, _mm256_setzero_si256()))
#define v_unpack_low8(a, b) _mm256_unpacklo_epi8(a, b)
#define v_unpack_high8(a, b) _mm256_unpackhi_epi8(a, b)
#define v_pack16(a, b) _mm256_packus_epi16(a, b)
#define v_low_halves(a, b) _mm256_permute2x128_si256(a, b, 0x20)
#define v_high_halves(a, b) _mm256_permute2x128_si256(a, b, 0x31)

#include "blend_x86.h"

#endif
