#ifndef GESSO_BASE64_H
#define GESSO_BASE64_H

#include "gesso_simd.h"

#include <stddef.h>
#include <stdint.h>

/// The six-bit value of a base64 character, or 0xFF for any byte outside the alphabet (RFC 4648 section 4).
uint8_t gesso_base64_value(uint8_t character);

/// Decodes groups of four characters until fewer than four are left or a group has a byte outside the alphabet,
/// padding included. Returns the number of characters used, a multiple of four, and writes three quarters of that
/// number of bytes; `output` must have space for `input_count / 4 * 3` bytes.
size_t gesso_base64_decode_groups(const uint8_t *input, size_t input_count, uint8_t *output);

/// Encodes with padding; `output` must have space for `(input_count + 2) / 3 * 4` bytes. Returns the number of bytes
/// written.
size_t gesso_base64_encode(const uint8_t *input, size_t input_count, uint8_t *output);

// The same with a given instruction set, for tests; the machine must support it.
size_t gesso_base64_decode_groups_at(
    gesso_simd_level_t level, const uint8_t *input, size_t input_count, uint8_t *output);
size_t gesso_base64_encode_at(gesso_simd_level_t level, const uint8_t *input, size_t input_count, uint8_t *output);

#endif
