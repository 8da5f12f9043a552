// Transposes blocks of pixels with SSE4.1.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <immintrin.h>
#include <string.h>

#define SET sse4
#define TARGET GESSO_TARGET_SSE4

typedef __m128i vec;

#define v_load(p) _mm_loadu_si128((const __m128i *)(p))
#define v_store(p, v) _mm_storeu_si128((__m128i *)(p), v)
#define v_zip_low32(a, b) _mm_unpacklo_epi32(a, b)
#define v_zip_high32(a, b) _mm_unpackhi_epi32(a, b)
#define v_zip_low8(a, b) _mm_unpacklo_epi8(a, b)
#define v_zip_high8(a, b) _mm_unpackhi_epi8(a, b)
#define v_spread3(v) _mm_shuffle_epi8(v, _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1))
#define v_squeeze3(v) _mm_shuffle_epi8(v, _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1))

#include "transpose_blocks.h"

#endif
