#ifndef GESSO_BASE64_VARIANTS_H
#define GESSO_BASE64_VARIANTS_H

#include "gesso_base64.h"
#include "gesso_simd.h"

// The vector part of each instruction set. Processes as many whole vectors as fit without accessing bytes outside
// either buffer; leaves the rest, and any vector with a byte outside the alphabet, to the scalar code. Decoders return
// the number of characters used, a multiple of four; encoders the number of bytes, a multiple of three.

#if defined(__x86_64__)
size_t gesso_base64_decode_sse4(const uint8_t *input, size_t input_count, uint8_t *output);
size_t gesso_base64_decode_avx2(const uint8_t *input, size_t input_count, uint8_t *output);
size_t gesso_base64_decode_avx512(const uint8_t *input, size_t input_count, uint8_t *output);
size_t gesso_base64_encode_sse4(const uint8_t *input, size_t input_count, uint8_t *output);
size_t gesso_base64_encode_avx2(const uint8_t *input, size_t input_count, uint8_t *output);
size_t gesso_base64_encode_avx512(const uint8_t *input, size_t input_count, uint8_t *output);
#elif defined(__aarch64__)
size_t gesso_base64_decode_neon(const uint8_t *input, size_t input_count, uint8_t *output);
size_t gesso_base64_encode_neon(const uint8_t *input, size_t input_count, uint8_t *output);
#endif

#endif
