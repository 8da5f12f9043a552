// Base64 with NEON.

#include "base64_variants.h"

#if defined(__aarch64__)
#include <arm_neon.h>

static const uint8_t alphabet[64] = {
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U', 'V',
    'W', 'X', 'Y', 'Z', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r',
    's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '+', '/',
};

#define X 0x80
static const uint8_t lower_values[64] = {
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, 62, X, X, X, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, X, X, X, X,
};
static const uint8_t upper_values[64] = {
    X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X, X,
    X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X, X, X,
};
#undef X

static inline uint8x16x4_t table(const uint8_t *bytes) {
    uint8x16x4_t table = {{vld1q_u8(bytes), vld1q_u8(bytes + 16), vld1q_u8(bytes + 32), vld1q_u8(bytes + 48)}};
    return table;
}

/// A lookup index of 64 or more gives 0, so both halves can be combined by OR; the top bit of the text marks bytes
/// outside both.
static inline uint8x16_t values(uint8x16_t text, uint8x16x4_t lower, uint8x16x4_t upper) {
    return vorrq_u8(vqtbl4q_u8(lower, text), vqtbl4q_u8(upper, veorq_u8(text, vdupq_n_u8(0x40))));
}

size_t gesso_base64_decode_neon(const uint8_t *input, size_t input_count, uint8_t *output) {
    const uint8x16x4_t lower = table(lower_values), upper = table(upper_values);
    size_t used = 0;
    for (; input_count - used >= 64; used += 64, output += 48) {
        uint8x16x4_t text = vld4q_u8(input + used);
        uint8x16_t a = values(text.val[0], lower, upper), b = values(text.val[1], lower, upper);
        uint8x16_t c = values(text.val[2], lower, upper), d = values(text.val[3], lower, upper);
        uint8x16_t wrong = vorrq_u8(vorrq_u8(a, b), vorrq_u8(c, d));
        wrong = vorrq_u8(wrong, vorrq_u8(vorrq_u8(text.val[0], text.val[1]), vorrq_u8(text.val[2], text.val[3])));
        if (vmaxvq_u8(wrong) & 0x80) break;
        uint8x16x3_t bytes;
        bytes.val[0] = vorrq_u8(vshlq_n_u8(a, 2), vshrq_n_u8(b, 4));
        bytes.val[1] = vorrq_u8(vshlq_n_u8(b, 4), vshrq_n_u8(c, 2));
        bytes.val[2] = vorrq_u8(vshlq_n_u8(c, 6), d);
        vst3q_u8(output, bytes);
    }
    return used;
}

size_t gesso_base64_encode_neon(const uint8_t *input, size_t input_count, uint8_t *output) {
    const uint8x16x4_t letters = table(alphabet);
    const uint8x16_t six = vdupq_n_u8(0x3F);
    size_t used = 0;
    for (; input_count - used >= 48; used += 48, output += 64) {
        uint8x16x3_t bytes = vld3q_u8(input + used);
        uint8x16x4_t text;
        text.val[0] = vshrq_n_u8(bytes.val[0], 2);
        text.val[1] = vandq_u8(vorrq_u8(vshlq_n_u8(bytes.val[0], 4), vshrq_n_u8(bytes.val[1], 4)), six);
        text.val[2] = vandq_u8(vorrq_u8(vshlq_n_u8(bytes.val[1], 2), vshrq_n_u8(bytes.val[2], 6)), six);
        text.val[3] = vandq_u8(bytes.val[2], six);
        for (int i = 0; i < 4; i++) text.val[i] = vqtbl4q_u8(letters, text.val[i]);
        vst4q_u8(output, text);
    }
    return used;
}
#endif
