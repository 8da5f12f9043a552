// The vector operations that the PNG kernels need, by common names for each instruction set. Included once by each of
// png_sse4.c, png_avx2.c and png_neon.c.

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#if defined(GESSO_PNG_AVX2)

#include <immintrin.h>
#define TARGET GESSO_TARGET_AVX2
#define LANES 8
typedef __m256i vec;
TARGET INLINE vec v_load(const void *p) { return _mm256_loadu_si256(p); }
TARGET INLINE void v_store(void *p, vec v) { _mm256_storeu_si256(p, v); }
TARGET INLINE vec v_zero(void) { return _mm256_setzero_si256(); }
TARGET INLINE vec v_fill(uint8_t b) { return _mm256_set1_epi8((char)b); }
TARGET INLINE vec v_fill32(uint32_t w) { return _mm256_set1_epi32((int)w); }
TARGET INLINE vec v_min(vec a, vec b) { return _mm256_min_epu8(a, b); }
TARGET INLINE vec v_max(vec a, vec b) { return _mm256_max_epu8(a, b); }
TARGET INLINE vec v_add(vec a, vec b) { return _mm256_add_epi8(a, b); }
TARGET INLINE vec v_sub(vec a, vec b) { return _mm256_sub_epi8(a, b); }
TARGET INLINE vec v_and(vec a, vec b) { return _mm256_and_si256(a, b); }
TARGET INLINE vec v_xor(vec a, vec b) { return _mm256_xor_si256(a, b); }
TARGET INLINE vec v_andnot(vec no, vec a) { return _mm256_andnot_si256(no, a); }
TARGET INLINE vec v_equal(vec a, vec b) { return _mm256_cmpeq_epi8(a, b); }
TARGET INLINE vec v_pick(vec mask, vec yes, vec no) { return _mm256_blendv_epi8(no, yes, mask); }
TARGET INLINE vec v_average_up(vec a, vec b) { return _mm256_avg_epu8(a, b); }
TARGET INLINE vec v_add_sums(vec sums, vec bytes) { return _mm256_add_epi64(sums, _mm256_sad_epu8(bytes, v_zero())); }
/// A pattern of sixteen bytes, repeated; looked up by indices below 16.
TARGET INLINE vec v_repeat(const void *p) { return _mm256_broadcastsi128_si256(_mm_loadu_si128(p)); }
TARGET INLINE vec v_look_up(vec table, vec indices) { return _mm256_shuffle_epi8(table, indices); }
TARGET INLINE vec v_high_halves(vec v) { return v_and(_mm256_srli_epi16(v, 4), v_fill(15)); }

/// Moves each lane up by one; the lowest becomes the first lane of `lowest`.
TARGET INLINE vec v_shift_lanes(vec v, uint32_t lowest) {
    vec moved = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6));
    return _mm256_blend_epi32(moved, v_fill32(lowest), 1);
}

TARGET INLINE void v_transpose(vec r[8]) {
    vec a[8], b[8];
    for (int i = 0; i < 8; i += 2) {
        a[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
        a[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        b[i] = _mm256_unpacklo_epi64(a[i], a[i + 2]);
        b[i + 1] = _mm256_unpackhi_epi64(a[i], a[i + 2]);
        b[i + 2] = _mm256_unpacklo_epi64(a[i + 1], a[i + 3]);
        b[i + 3] = _mm256_unpackhi_epi64(a[i + 1], a[i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x20);
        r[i + 4] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x31);
    }
}

/// LANES pixels, each in the low bytes of a lane.
TARGET INLINE vec v_load_pixels(const uint8_t *p, size_t pixel_bytes) {
    switch (pixel_bytes) {
    case 1: return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
    case 2: return _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    case 3: {
        vec both = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)p)),
                                           _mm_loadu_si128((const __m128i *)(p + 12)), 1);
        return _mm256_shuffle_epi8(both, _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, 0, 1, 2,
                                                          -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
    }
    default: return v_load(p);
    }
}

/// The reverse; with three bytes per pixel, four bytes after the last pixel are overwritten.
TARGET INLINE void v_store_pixels(uint8_t *p, vec v, size_t pixel_bytes) {
    switch (pixel_bytes) {
    case 1: {
        vec packed = _mm256_shuffle_epi8(
            v, _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12, -1, -1, -1, -1,
                                -1, -1, -1, -1, -1, -1, -1, -1));
        int64_t bytes = (int64_t)(uint32_t)_mm256_extract_epi32(packed, 0)
            | (int64_t)((uint64_t)(uint32_t)_mm256_extract_epi32(packed, 4) << 32);
        memcpy(p, &bytes, 8);
        break;
    }
    case 2: {
        vec packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(v, v), 0x08);
        _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(packed));
        break;
    }
    case 3: {
        vec packed = _mm256_shuffle_epi8(v, _mm256_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1, 0, 1,
                                                             2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
        _mm_storeu_si128((__m128i *)p, _mm256_castsi256_si128(packed));
        _mm_storeu_si128((__m128i *)(p + 12), _mm256_extracti128_si256(packed, 1));
        break;
    }
    default: v_store(p, v);
    }
}

#elif defined(GESSO_PNG_SSE4)

#include <smmintrin.h>
#define TARGET GESSO_TARGET_SSE4
#define LANES 4
typedef __m128i vec;
TARGET INLINE vec v_load(const void *p) { return _mm_loadu_si128(p); }
TARGET INLINE void v_store(void *p, vec v) { _mm_storeu_si128(p, v); }
TARGET INLINE vec v_zero(void) { return _mm_setzero_si128(); }
TARGET INLINE vec v_fill(uint8_t b) { return _mm_set1_epi8((char)b); }
TARGET INLINE vec v_min(vec a, vec b) { return _mm_min_epu8(a, b); }
TARGET INLINE vec v_max(vec a, vec b) { return _mm_max_epu8(a, b); }
TARGET INLINE vec v_add(vec a, vec b) { return _mm_add_epi8(a, b); }
TARGET INLINE vec v_sub(vec a, vec b) { return _mm_sub_epi8(a, b); }
TARGET INLINE vec v_and(vec a, vec b) { return _mm_and_si128(a, b); }
TARGET INLINE vec v_xor(vec a, vec b) { return _mm_xor_si128(a, b); }
TARGET INLINE vec v_andnot(vec no, vec a) { return _mm_andnot_si128(no, a); }
TARGET INLINE vec v_equal(vec a, vec b) { return _mm_cmpeq_epi8(a, b); }
TARGET INLINE vec v_pick(vec mask, vec yes, vec no) { return _mm_blendv_epi8(no, yes, mask); }
TARGET INLINE vec v_average_up(vec a, vec b) { return _mm_avg_epu8(a, b); }
TARGET INLINE vec v_add_sums(vec sums, vec bytes) { return _mm_add_epi64(sums, _mm_sad_epu8(bytes, v_zero())); }
TARGET INLINE vec v_repeat(const void *p) { return v_load(p); }
TARGET INLINE vec v_look_up(vec table, vec indices) { return _mm_shuffle_epi8(table, indices); }
TARGET INLINE vec v_high_halves(vec v) { return v_and(_mm_srli_epi16(v, 4), v_fill(15)); }

TARGET INLINE vec v_shift_lanes(vec v, uint32_t lowest) {
    return _mm_insert_epi32(_mm_slli_si128(v, 4), (int)lowest, 0);
}

TARGET INLINE void v_transpose(vec r[4]) {
    vec a = _mm_unpacklo_epi32(r[0], r[1]), b = _mm_unpackhi_epi32(r[0], r[1]);
    vec c = _mm_unpacklo_epi32(r[2], r[3]), d = _mm_unpackhi_epi32(r[2], r[3]);
    r[0] = _mm_unpacklo_epi64(a, c);
    r[1] = _mm_unpackhi_epi64(a, c);
    r[2] = _mm_unpacklo_epi64(b, d);
    r[3] = _mm_unpackhi_epi64(b, d);
}

TARGET INLINE vec v_load_pixels(const uint8_t *p, size_t pixel_bytes) {
    switch (pixel_bytes) {
    case 1: {
        int32_t bytes;
        memcpy(&bytes, p, 4);
        return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(bytes));
    }
    case 2: return _mm_cvtepu16_epi32(_mm_loadl_epi64((const __m128i *)p));
    case 3: return _mm_shuffle_epi8(v_load(p), _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
    default: return v_load(p);
    }
}

TARGET INLINE void v_store_pixels(uint8_t *p, vec v, size_t pixel_bytes) {
    switch (pixel_bytes) {
    case 1: {
        vec packed = _mm_shuffle_epi8(v, _mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
        int32_t bytes = _mm_cvtsi128_si32(packed);
        memcpy(p, &bytes, 4);
        break;
    }
    case 2: _mm_storel_epi64((__m128i *)p, _mm_packus_epi32(v, v)); break;
    case 3:
        v_store(p, _mm_shuffle_epi8(v, _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1)));
        break;
    default: v_store(p, v);
    }
}

#elif defined(GESSO_PNG_NEON)

#include <arm_neon.h>
#define TARGET
#define LANES 4
typedef uint8x16_t vec;
INLINE vec v_load(const void *p) { return vld1q_u8(p); }
INLINE void v_store(void *p, vec v) { vst1q_u8(p, v); }
INLINE vec v_zero(void) { return vdupq_n_u8(0); }
INLINE vec v_fill(uint8_t b) { return vdupq_n_u8(b); }
INLINE vec v_min(vec a, vec b) { return vminq_u8(a, b); }
INLINE vec v_max(vec a, vec b) { return vmaxq_u8(a, b); }
INLINE vec v_add(vec a, vec b) { return vaddq_u8(a, b); }
INLINE vec v_sub(vec a, vec b) { return vsubq_u8(a, b); }
INLINE vec v_and(vec a, vec b) { return vandq_u8(a, b); }
INLINE vec v_xor(vec a, vec b) { return veorq_u8(a, b); }
INLINE vec v_andnot(vec no, vec a) { return vbicq_u8(a, no); }
INLINE vec v_equal(vec a, vec b) { return vceqq_u8(a, b); }
INLINE vec v_pick(vec mask, vec yes, vec no) { return vbslq_u8(mask, yes, no); }
INLINE vec v_average_up(vec a, vec b) { return vrhaddq_u8(a, b); }
INLINE vec v_add_sums(vec sums, vec bytes) {
    uint64x2_t wide = vpaddlq_u32(vpaddlq_u16(vpaddlq_u8(bytes)));
    return vreinterpretq_u8_u64(vaddq_u64(vreinterpretq_u64_u8(sums), wide));
}

INLINE vec v_repeat(const void *p) { return v_load(p); }
INLINE vec v_look_up(vec table, vec indices) { return vqtbl1q_u8(table, indices); }
INLINE vec v_high_halves(vec v) { return vshrq_n_u8(v, 4); }

INLINE vec v_shift_lanes(vec v, uint32_t lowest) {
    uint32x4_t lanes = vextq_u32(vdupq_n_u32(lowest), vreinterpretq_u32_u8(v), 3);
    return vreinterpretq_u8_u32(lanes);
}

INLINE void v_transpose(vec r[4]) {
    uint32x4x2_t low = vtrnq_u32(vreinterpretq_u32_u8(r[0]), vreinterpretq_u32_u8(r[1]));
    uint32x4x2_t high = vtrnq_u32(vreinterpretq_u32_u8(r[2]), vreinterpretq_u32_u8(r[3]));
    r[0] = vreinterpretq_u8_u32(vcombine_u32(vget_low_u32(low.val[0]), vget_low_u32(high.val[0])));
    r[1] = vreinterpretq_u8_u32(vcombine_u32(vget_low_u32(low.val[1]), vget_low_u32(high.val[1])));
    r[2] = vreinterpretq_u8_u32(vcombine_u32(vget_high_u32(low.val[0]), vget_high_u32(high.val[0])));
    r[3] = vreinterpretq_u8_u32(vcombine_u32(vget_high_u32(low.val[1]), vget_high_u32(high.val[1])));
}

INLINE vec v_load_pixels(const uint8_t *p, size_t pixel_bytes) {
    static const uint8_t spread3[16] = {0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255};
    switch (pixel_bytes) {
    case 1: {
        uint32_t bytes;
        memcpy(&bytes, p, 4);
        uint8x8_t narrow = vreinterpret_u8_u32(vdup_n_u32(bytes));
        return vreinterpretq_u8_u32(vmovl_u16(vget_low_u16(vmovl_u8(narrow))));
    }
    case 2: return vreinterpretq_u8_u32(vmovl_u16(vreinterpret_u16_u8(vld1_u8(p))));
    case 3: return vqtbl1q_u8(v_load(p), vld1q_u8(spread3));
    default: return v_load(p);
    }
}

INLINE void v_store_pixels(uint8_t *p, vec v, size_t pixel_bytes) {
    static const uint8_t gather3[16] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255};
    switch (pixel_bytes) {
    case 1: {
        uint16x4_t half = vmovn_u32(vreinterpretq_u32_u8(v));
        uint8x8_t bytes = vmovn_u16(vcombine_u16(half, half));
        uint32_t word = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
        memcpy(p, &word, 4);
        break;
    }
    case 2: vst1_u8(p, vreinterpret_u8_u16(vmovn_u32(vreinterpretq_u32_u8(v)))); break;
    case 3: v_store(p, vqtbl1q_u8(v, vld1q_u8(gather3))); break;
    default: v_store(p, v);
    }
}

#endif

#define VECTOR_BYTES (LANES * 4)

/// The Paeth predictor for each byte.
///
/// In eight bits: the corner is chosen only if it is between left and up, and then the three distances of the
/// definition are |p - q|, p and q, which fit; otherwise the corner's distance is the sum of the others and never the
/// smallest.
TARGET INLINE vec v_paeth(vec left, vec up, vec corner) {
    vec from_left = v_sub(v_max(up, corner), v_min(up, corner));
    vec from_up = v_sub(v_max(left, corner), v_min(left, corner));
    vec nearer = v_min(from_left, from_up);
    vec difference = v_sub(v_max(from_left, from_up), nearer);
    vec bounded = v_max(v_min(left, up), v_min(corner, v_max(left, up)));
    vec is_not_nearest = v_equal(v_max(difference, nearer), difference);
    vec takes_corner = v_andnot(is_not_nearest, v_equal(bounded, corner));
    return v_pick(takes_corner, corner, v_pick(v_equal(nearer, from_left), left, up));
}

/// (a + b) / 2, rounded down.
TARGET INLINE vec v_average(vec a, vec b) { return v_sub(v_average_up(a, b), v_and(v_xor(a, b), v_fill(1))); }
