// Base64 with SSE4.1 and AVX2.

#include "base64_variants.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Decoding after Muła and Lemire, "Faster Base64 Encoding and Decoding Using AVX2 Instructions" (2018): two table
// look-ups by nibble whose AND is non-zero for a byte outside the alphabet, a third that gives the offset to the value,
// and two multiply-adds that pack four six-bit values into three bytes.
#define LOW_NIBBLES 0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A
#define HIGH_NIBBLES 0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10
#define OFFSETS 0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0
#define PACKED 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1

GESSO_TARGET_SSE4
size_t gesso_base64_decode_sse4(const uint8_t *input, size_t input_count, uint8_t *output) {
    const __m128i low = _mm_setr_epi8(LOW_NIBBLES), high = _mm_setr_epi8(HIGH_NIBBLES);
    const __m128i offsets = _mm_setr_epi8(OFFSETS), packed = _mm_setr_epi8(PACKED), slash = _mm_set1_epi8(0x2F);
    size_t used = 0;
    // A store writes 16 bytes, of which 12 are used, so 24 characters (18 bytes) must be left.
    for (; input_count - used >= 24; used += 16, output += 12) {
        __m128i text = _mm_loadu_si128((const __m128i *)(input + used));
        __m128i high_nibble = _mm_and_si128(_mm_srli_epi32(text, 4), slash);
        __m128i wrong = _mm_and_si128(
            _mm_shuffle_epi8(low, _mm_and_si128(text, slash)), _mm_shuffle_epi8(high, high_nibble));
        if (!_mm_testz_si128(wrong, wrong)) break;
        __m128i place = _mm_add_epi8(_mm_cmpeq_epi8(text, slash), high_nibble);
        __m128i values = _mm_add_epi8(text, _mm_shuffle_epi8(offsets, place));
        __m128i pairs = _mm_maddubs_epi16(values, _mm_set1_epi32(0x01400140));
        __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
        _mm_storeu_si128((__m128i *)output, _mm_shuffle_epi8(fours, packed));
    }
    return used;
}

GESSO_TARGET_AVX2
size_t gesso_base64_decode_avx2(const uint8_t *input, size_t input_count, uint8_t *output) {
    const __m256i low = _mm256_setr_epi8(LOW_NIBBLES, LOW_NIBBLES), high = _mm256_setr_epi8(HIGH_NIBBLES, HIGH_NIBBLES);
    const __m256i offsets = _mm256_setr_epi8(OFFSETS, OFFSETS), packed = _mm256_setr_epi8(PACKED, PACKED);
    const __m256i slash = _mm256_set1_epi8(0x2F), joined = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
    size_t used = 0;
    // A store writes 32 bytes, of which 24 are used, so 44 characters (33 bytes) must be left.
    for (; input_count - used >= 44; used += 32, output += 24) {
        __m256i text = _mm256_loadu_si256((const __m256i *)(input + used));
        __m256i high_nibble = _mm256_and_si256(_mm256_srli_epi32(text, 4), slash);
        __m256i wrong = _mm256_and_si256(
            _mm256_shuffle_epi8(low, _mm256_and_si256(text, slash)), _mm256_shuffle_epi8(high, high_nibble));
        if (!_mm256_testz_si256(wrong, wrong)) break;
        __m256i place = _mm256_add_epi8(_mm256_cmpeq_epi8(text, slash), high_nibble);
        __m256i values = _mm256_add_epi8(text, _mm256_shuffle_epi8(offsets, place));
        __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
        __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
        __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(fours, packed), joined);
        _mm256_storeu_si256((__m256i *)output, bytes);
    }
    return used;
}

// Encoding after the same paper: bytes are distributed to 32-bit lanes, six-bit fields separated by two
// multiplications, then an offset is added by range: 0 means A-Z, 1 a-z, 2...11 digits, 12 and 13 + and /.
#define SPREAD 1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10
#define SPREAD_FROM_4 5, 4, 6, 5, 8, 7, 9, 8, 11, 10, 12, 11, 14, 13, 15, 14
#define RANGES 'A', 'a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, \
    '0' - 52, '+' - 62, '/' - 63, 0, 0

GESSO_TARGET_SSE4
size_t gesso_base64_encode_sse4(const uint8_t *input, size_t input_count, uint8_t *output) {
    const __m128i spread = _mm_setr_epi8(SPREAD), ranges = _mm_setr_epi8(RANGES);
    size_t used = 0;
    for (; input_count - used >= 16; used += 12, output += 16) {
        __m128i bytes = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(input + used)), spread);
        __m128i upper = _mm_mulhi_epu16(_mm_and_si128(bytes, _mm_set1_epi32(0x0FC0FC00)), _mm_set1_epi32(0x04000040));
        __m128i lower = _mm_mullo_epi16(_mm_and_si128(bytes, _mm_set1_epi32(0x003F03F0)), _mm_set1_epi32(0x01000010));
        __m128i values = _mm_or_si128(upper, lower);
        // A comparison that holds is -1.
        __m128i range = _mm_sub_epi8(
            _mm_subs_epu8(values, _mm_set1_epi8(51)), _mm_cmpgt_epi8(values, _mm_set1_epi8(25)));
        _mm_storeu_si128((__m128i *)output, _mm_add_epi8(values, _mm_shuffle_epi8(ranges, range)));
    }
    return used;
}

GESSO_TARGET_AVX2
static inline __m256i characters(__m256i loaded, __m256i spread, __m256i ranges) {
    __m256i bytes = _mm256_shuffle_epi8(loaded, spread);
    __m256i upper = _mm256_mulhi_epu16(
        _mm256_and_si256(bytes, _mm256_set1_epi32(0x0FC0FC00)), _mm256_set1_epi32(0x04000040));
    __m256i lower = _mm256_mullo_epi16(
        _mm256_and_si256(bytes, _mm256_set1_epi32(0x003F03F0)), _mm256_set1_epi32(0x01000010));
    __m256i values = _mm256_or_si256(upper, lower);
    __m256i range = _mm256_sub_epi8(
        _mm256_subs_epu8(values, _mm256_set1_epi8(51)), _mm256_cmpgt_epi8(values, _mm256_set1_epi8(25)));
    return _mm256_add_epi8(values, _mm256_shuffle_epi8(ranges, range));
}

GESSO_TARGET_AVX2
size_t gesso_base64_encode_avx2(const uint8_t *input, size_t input_count, uint8_t *output) {
    if (input_count < 32) return 0;
    const __m256i spread = _mm256_setr_epi8(SPREAD_FROM_4, SPREAD), ranges = _mm256_setr_epi8(RANGES, RANGES);
    // Read from four bytes before the 24, each lane has 12 of them; the first 24 have nothing before them.
    __m256i first = _mm256_permutevar8x32_epi32(
        _mm256_loadu_si256((const __m256i *)input), _mm256_setr_epi32(0, 0, 1, 2, 3, 4, 5, 6));
    _mm256_storeu_si256((__m256i *)output, characters(first, spread, ranges));
    size_t used = 24;
    output += 32;
    for (; input_count - used >= 100; used += 96, output += 128) {
        __m256i four[4];
        for (int i = 0; i < 4; i++) {
            __m256i loaded = _mm256_loadu_si256((const __m256i *)(input + used - 4 + 24 * i));
            four[i] = characters(loaded, spread, ranges);
        }
        for (int i = 0; i < 4; i++) _mm256_storeu_si256((__m256i *)(output + 32 * i), four[i]);
    }
    for (; input_count - used >= 28; used += 24, output += 32) {
        __m256i loaded = _mm256_loadu_si256((const __m256i *)(input + used - 4));
        _mm256_storeu_si256((__m256i *)output, characters(loaded, spread, ranges));
    }
    return used;
}
#endif
