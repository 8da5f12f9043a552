// Base64 of every instruction set of this machine against the definition, on random text and bytes of every length and
// alignment. For machines whose Swift tests cannot be run here: see Scripts/test-neon.

#include "gesso_base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint32_t state = 1;

static uint32_t next(void) {
    // Xorshift (Marsaglia 2003).
    state ^= state << 13;
    state ^= state >> 17;
    return state ^= state << 5;
}

static size_t plain_decode(const uint8_t *text, size_t count, uint8_t *out) {
    size_t used = 0;
    for (; used + 4 <= count; used += 4, out += 3) {
        uint32_t bits = 0;
        for (int i = 0; i < 4; i++) {
            const char *found = text[used + i] ? strchr(alphabet, text[used + i]) : NULL;
            if (!found) return used;
            bits = bits << 6 | (uint32_t)(found - alphabet);
        }
        out[0] = (uint8_t)(bits >> 16), out[1] = (uint8_t)(bits >> 8), out[2] = (uint8_t)bits;
    }
    return used;
}

static size_t plain_encode(const uint8_t *bytes, size_t count, uint8_t *out) {
    size_t written = 0;
    for (size_t at = 0; at < count; at += 3) {
        size_t some = count - at < 3 ? count - at : 3;
        uint32_t bits = 0;
        for (size_t i = 0; i < 3; i++) bits = bits << 8 | (i < some ? bytes[at + i] : 0);
        for (size_t i = 0; i < 4; i++)
            out[written++] = i > some ? '=' : (uint8_t)alphabet[bits >> (18 - 6 * i) & 63];
    }
    return written;
}

static long compare(gesso_simd_level_t level, size_t length, size_t shift, int is_broken) {
    uint8_t *text = malloc(length + shift + 1), *one = calloc(length * 2 + 8, 1), *two = calloc(length * 2 + 72, 1);
    if (!text || !one || !two) exit(2);
    for (size_t i = 0; i < length; i++) text[shift + i] = (uint8_t)alphabet[next() % 64];
    if (is_broken && length) text[shift + next() % length] = (uint8_t)next();
    size_t expected = plain_decode(text + shift, length, one);
    size_t found = gesso_base64_decode_groups_at(level, text + shift, length, two + shift);
    long differing = expected != found || memcmp(one, two + shift, expected / 4 * 3) != 0;
    for (size_t i = 0; i < length; i++) text[shift + i] = (uint8_t)next();
    expected = plain_encode(text + shift, length, one);
    found = gesso_base64_encode_at(level, text + shift, length, two + shift);
    differing += expected != found || memcmp(one, two + shift, expected) != 0;
    if (differing) printf("%s differs for length %zu at %zu\n", gesso_simd_level_name(level), length, shift);
    free(text), free(one), free(two);
    return differing;
}

int main(void) {
    long differing = 0;
    for (int level = 0; level < GESSO_SIMD_LEVEL_COUNT; level++) {
        if (!gesso_simd_supports((gesso_simd_level_t)level)) continue;
        long count = 0;
        for (size_t length = 0; length <= 300; length++)
            for (size_t shift = 0; shift < 64; shift += 1 + length % 5, count += 2)
                for (int is_broken = 0; is_broken < 2; is_broken++)
                    differing += compare((gesso_simd_level_t)level, length, shift, is_broken);
        printf("%s: %ld comparisons\n", gesso_simd_level_name((gesso_simd_level_t)level), 2 * count);
    }
    return differing != 0;
}
