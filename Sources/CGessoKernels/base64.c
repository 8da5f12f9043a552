// Base64 one group at a time, and the choice of the vector kernels.

#include "base64_variants.h"

static const uint8_t values[256] = {
#define X 0xFF
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  62, X,  X,  X,  63, 52, 53, 54, 55,
    56, 57, 58, 59, 60, 61, X,  X,  X,  X,  X,  X,  X,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X,  X,  X,  X,  X,  X,  26, 27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
#undef X
};

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

uint8_t gesso_base64_value(uint8_t character) { return values[character]; }

static size_t decode_vectors(gesso_simd_level_t level, const uint8_t *input, size_t input_count, uint8_t *output) {
    switch (level) {
#if defined(__x86_64__)
    case GESSO_SIMD_SSE4: return gesso_base64_decode_sse4(input, input_count, output);
    case GESSO_SIMD_AVX2: return gesso_base64_decode_avx2(input, input_count, output);
    case GESSO_SIMD_AVX512: return gesso_base64_decode_avx512(input, input_count, output);
#elif defined(__aarch64__)
    case GESSO_SIMD_NEON: return gesso_base64_decode_neon(input, input_count, output);
#endif
    default: return 0;
    }
}

static size_t encode_vectors(gesso_simd_level_t level, const uint8_t *input, size_t input_count, uint8_t *output) {
    switch (level) {
#if defined(__x86_64__)
    case GESSO_SIMD_SSE4: return gesso_base64_encode_sse4(input, input_count, output);
    case GESSO_SIMD_AVX2: return gesso_base64_encode_avx2(input, input_count, output);
    case GESSO_SIMD_AVX512: return gesso_base64_encode_avx512(input, input_count, output);
#elif defined(__aarch64__)
    case GESSO_SIMD_NEON: return gesso_base64_encode_neon(input, input_count, output);
#endif
    default: return 0;
    }
}

size_t gesso_base64_decode_groups(const uint8_t *input, size_t input_count, uint8_t *output) {
    return gesso_base64_decode_groups_at(gesso_simd_level(), input, input_count, output);
}

size_t gesso_base64_encode(const uint8_t *input, size_t input_count, uint8_t *output) {
    return gesso_base64_encode_at(gesso_simd_level(), input, input_count, output);
}

static size_t decode_scalar(const uint8_t *input, size_t input_count, uint8_t *output) {
    size_t used = 0;
    for (; input_count - used >= 4; used += 4, output += 3) {
        uint32_t a = values[input[used]], b = values[input[used + 1]];
        uint32_t c = values[input[used + 2]], d = values[input[used + 3]];
        if ((a | b | c | d) & 0x80) break;
        uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        output[0] = (uint8_t)(bits >> 16);
        output[1] = (uint8_t)(bits >> 8);
        output[2] = (uint8_t)bits;
    }
    return used;
}

// For long runs, first align the stores. To cache lines, with 64-byte stores: this saves a tenth of the time. To words,
// with smaller ones, which begin 24 or 12 bytes apart: off words they take a sixth longer (Zen 3).
#define ALIGNED_FROM 8192

size_t gesso_base64_decode_groups_at(
    gesso_simd_level_t level, const uint8_t *input, size_t input_count, uint8_t *output) {
    size_t used = 0;
    if (input_count >= ALIGNED_FROM) {
        // 43 is the inverse of 3 modulo 64, and modulo 4: after that many groups of three bytes a line ends.
        size_t line = level == GESSO_SIMD_AVX512 ? 64 : 4;
        size_t groups = (line - (uintptr_t)output % line) * 43 % line;
        used = decode_scalar(input, groups * 4, output);
        if (used < groups * 4) return used;
    }
    used += decode_vectors(level, input + used, input_count - used, output + used / 4 * 3);
    return used + decode_scalar(input + used, input_count - used, output + used / 4 * 3);
}

static size_t encode_scalar(const uint8_t *input, size_t input_count, uint8_t *output) {
    size_t used = 0;
    for (; input_count - used >= 3; used += 3, output += 4) {
        uint32_t bits = (uint32_t)input[used] << 16 | (uint32_t)input[used + 1] << 8 | input[used + 2];
        output[0] = (uint8_t)alphabet[bits >> 18];
        output[1] = (uint8_t)alphabet[bits >> 12 & 63];
        output[2] = (uint8_t)alphabet[bits >> 6 & 63];
        output[3] = (uint8_t)alphabet[bits & 63];
    }
    if (used < input_count) {
        int two = input_count - used == 2;
        uint32_t bits = (uint32_t)input[used] << 16 | (two ? (uint32_t)input[used + 1] << 8 : 0);
        output[0] = (uint8_t)alphabet[bits >> 18];
        output[1] = (uint8_t)alphabet[bits >> 12 & 63];
        output[2] = two ? (uint8_t)alphabet[bits >> 6 & 63] : '=';
        output[3] = '=';
    }
    return (input_count + 2) / 3 * 4;
}

size_t gesso_base64_encode_at(gesso_simd_level_t level, const uint8_t *input, size_t input_count, uint8_t *output) {
    size_t used = 0;
    if (level == GESSO_SIMD_AVX512 && input_count >= ALIGNED_FROM && (uintptr_t)output % 4 == 0) {
        used = (64 - (uintptr_t)output % 64) / 4 % 16 * 3;
        encode_scalar(input, used, output);
    }
    used += encode_vectors(level, input + used, input_count - used, output + used / 3 * 4);
    encode_scalar(input + used, input_count - used, output + used / 3 * 4);
    return (input_count + 2) / 3 * 4;
}
