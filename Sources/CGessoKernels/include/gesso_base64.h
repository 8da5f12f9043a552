#ifndef GESSO_BASE64_H
#define GESSO_BASE64_H

#include "gesso_simd.h"

#include <stddef.h>
#include <stdint.h>

/// The six bits a base64 character stands for, or 0xFF for any byte outside the alphabet (RFC 4648 section 4).
uint8_t gesso_base64_value(uint8_t character);

/// Decodes whole groups of four characters until fewer than four are left or a group holds a byte outside the alphabet,
/// padding included. Returns how many characters were used, a multiple of four, and writes three quarters of that many
/// bytes; `output` must hold `input_count / 4 * 3` bytes.
size_t gesso_base64_decode_groups(const uint8_t *input, size_t input_count, uint8_t *output);

/// Encodes with padding; `output` must hold `(input_count + 2) / 3 * 4` bytes. Returns how many were written.
size_t gesso_base64_encode(const uint8_t *input, size_t input_count, uint8_t *output);

// The same with the instruction set given, for tests; the machine must support it.
size_t gesso_base64_decode_groups_at(
    gesso_simd_level_t level, const uint8_t *input, size_t input_count, uint8_t *output);
size_t gesso_base64_encode_at(gesso_simd_level_t level, const uint8_t *input, size_t input_count, uint8_t *output);

#endif
