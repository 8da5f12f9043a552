// Base64 with AVX-512 VBMI.

#include "base64_variants.h"

#if defined(__x86_64__)
#include <immintrin.h>

// After Muła and Lemire, "Base64 encoding and decoding at almost the speed of a memory copy" (2020): with VBMI both
// tables fit into registers, so that one permutation looks up 64 characters.

static const char alphabet[64] = {
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V',
    'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r',
    's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '/',
};

#define X 0x80
// Values of the characters 0...63 and 64...127; X marks those outside the alphabet.
static const uint8_t lower_values[64] = {
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, 62, X, X, X, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, X, X, X, X,
};
static const uint8_t upper_values[64] = {
    X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X, X,
    X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X, X, X,
};
#undef X

// The three bytes of each 32-bit lane, in reverse order; lanes 16...31 are those of the second vector.
#define TRIPLE(n) 4 * (n) + 2, 4 * (n) + 1, 4 * (n)
static const uint8_t packed_order[64] = {
    TRIPLE(0), TRIPLE(1), TRIPLE(2), TRIPLE(3), TRIPLE(4), TRIPLE(5), TRIPLE(6), TRIPLE(7),
    TRIPLE(8), TRIPLE(9), TRIPLE(10), TRIPLE(11), TRIPLE(12), TRIPLE(13), TRIPLE(14), TRIPLE(15),
};
// Four vectors of 48 bytes fill three of 64: these select bytes 0...63, 16...79 and 32...95 of a pair.
static const uint8_t joined_first[64] = {
    TRIPLE(0), TRIPLE(1), TRIPLE(2), TRIPLE(3), TRIPLE(4), TRIPLE(5), TRIPLE(6), TRIPLE(7),
    TRIPLE(8), TRIPLE(9), TRIPLE(10), TRIPLE(11), TRIPLE(12), TRIPLE(13), TRIPLE(14), TRIPLE(15),
    TRIPLE(16), TRIPLE(17), TRIPLE(18), TRIPLE(19), TRIPLE(20), 4 * 21 + 2,
};
static const uint8_t joined_second[64] = {
    4 * 5 + 1, 4 * 5, TRIPLE(6), TRIPLE(7), TRIPLE(8), TRIPLE(9), TRIPLE(10), TRIPLE(11), TRIPLE(12), TRIPLE(13),
    TRIPLE(14), TRIPLE(15), TRIPLE(16), TRIPLE(17), TRIPLE(18), TRIPLE(19), TRIPLE(20), TRIPLE(21), TRIPLE(22),
    TRIPLE(23), TRIPLE(24), TRIPLE(25), 4 * 26 + 2, 4 * 26 + 1,
};
static const uint8_t joined_third[64] = {
    4 * 10, TRIPLE(11), TRIPLE(12), TRIPLE(13), TRIPLE(14), TRIPLE(15), TRIPLE(16), TRIPLE(17), TRIPLE(18),
    TRIPLE(19), TRIPLE(20), TRIPLE(21), TRIPLE(22), TRIPLE(23), TRIPLE(24), TRIPLE(25), TRIPLE(26), TRIPLE(27),
    TRIPLE(28), TRIPLE(29), TRIPLE(30), TRIPLE(31),
};
#define QUAD(n) 3 * (n) + 1, 3 * (n), 3 * (n) + 2, 3 * (n) + 1
static const uint8_t spread_order[64] = {
    QUAD(0), QUAD(1), QUAD(2), QUAD(3), QUAD(4), QUAD(5), QUAD(6), QUAD(7),
    QUAD(8), QUAD(9), QUAD(10), QUAD(11), QUAD(12), QUAD(13), QUAD(14), QUAD(15),
};

/// Packs four six-bit values into the low 24 bits of each 32-bit lane.
GESSO_TARGET_AVX512
static inline __m512i fours(__m512i values) {
    __m512i pairs = _mm512_maddubs_epi16(values, _mm512_set1_epi32(0x01400140));
    return _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00011000));
}

GESSO_TARGET_AVX512
size_t gesso_base64_decode_avx512(const uint8_t *input, size_t input_count, uint8_t *output) {
    const __m512i lower = _mm512_loadu_si512(lower_values), upper = _mm512_loadu_si512(upper_values);
    const __m512i order = _mm512_loadu_si512(packed_order), order1 = _mm512_loadu_si512(joined_first);
    const __m512i order2 = _mm512_loadu_si512(joined_second), order3 = _mm512_loadu_si512(joined_third);
    size_t used = 0;
    // Four vectors at a time share one test and fill three whole stores.
    for (; input_count - used >= 256; used += 256, output += 192) {
        __m512i a = _mm512_loadu_si512(input + used), b = _mm512_loadu_si512(input + used + 64);
        __m512i c = _mm512_loadu_si512(input + used + 128), d = _mm512_loadu_si512(input + used + 192);
        __m512i a_values = _mm512_permutex2var_epi8(lower, a, upper), b_values = _mm512_permutex2var_epi8(lower, b, upper);
        __m512i c_values = _mm512_permutex2var_epi8(lower, c, upper), d_values = _mm512_permutex2var_epi8(lower, d, upper);
        // 0xFE is the truth table of a OR b OR c.
        __m512i first = _mm512_ternarylogic_epi32(a, b, _mm512_or_si512(a_values, b_values), 0xFE);
        __m512i second = _mm512_ternarylogic_epi32(c, d, _mm512_or_si512(c_values, d_values), 0xFE);
        if (_mm512_movepi8_mask(_mm512_or_si512(first, second))) break;
        __m512i b_fours = fours(b_values), c_fours = fours(c_values);
        _mm512_storeu_si512(output, _mm512_permutex2var_epi8(fours(a_values), order1, b_fours));
        _mm512_storeu_si512(output + 64, _mm512_permutex2var_epi8(b_fours, order2, c_fours));
        _mm512_storeu_si512(output + 128, _mm512_permutex2var_epi8(c_fours, order3, fours(d_values)));
    }
    for (; input_count - used >= 64; used += 64, output += 48) {
        __m512i text = _mm512_loadu_si512(input + used);
        __m512i values = _mm512_permutex2var_epi8(lower, text, upper);
        if (_mm512_movepi8_mask(_mm512_or_si512(text, values))) break;
        _mm512_mask_storeu_epi8(output, 0x0000FFFFFFFFFFFF, _mm512_permutexvar_epi8(order, fours(values)));
    }
    return used;
}

GESSO_TARGET_AVX512
static inline __m512i characters(__m512i bytes, __m512i spread, __m512i letters) {
    const __m512i shifts = _mm512_set1_epi64(0x3036242A1016040A);
    __m512i values = _mm512_multishift_epi64_epi8(shifts, _mm512_permutexvar_epi8(spread, bytes));
    return _mm512_permutexvar_epi8(values, letters);
}

GESSO_TARGET_AVX512
size_t gesso_base64_encode_avx512(const uint8_t *input, size_t input_count, uint8_t *output) {
    const __m512i spread = _mm512_loadu_si512(spread_order), letters = _mm512_loadu_si512(alphabet);
    size_t used = 0;
    // A load reads 64 bytes, of which 48 are used.
    for (; input_count - used >= 96 + 16; used += 96, output += 128) {
        __m512i a = _mm512_loadu_si512(input + used), b = _mm512_loadu_si512(input + used + 48);
        _mm512_storeu_si512(output, characters(a, spread, letters));
        _mm512_storeu_si512(output + 64, characters(b, spread, letters));
    }
    for (; input_count - used >= 48; used += 48, output += 64) {
        __m512i bytes = _mm512_maskz_loadu_epi8(0x0000FFFFFFFFFFFF, input + used);
        _mm512_storeu_si512(output, characters(bytes, spread, letters));
    }
    return used;
}
#endif
