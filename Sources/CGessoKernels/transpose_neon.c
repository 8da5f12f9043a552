// Transposes blocks of pixels with NEON.

#if defined(__aarch64__)
#include "kernel_sets.h"

#include <arm_neon.h>
#include <string.h>

#define SET neon
#define TARGET

typedef uint8x16_t vec;

static const uint8_t spread[16] = {0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255};
static const uint8_t squeeze[16] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255};

#define WORDS(v) vreinterpretq_u32_u8(v)
#define v_load(p) vld1q_u8(p)
#define v_store(p, v) vst1q_u8(p, v)
#define v_zip_low32(a, b) vreinterpretq_u8_u32(vzip1q_u32(WORDS(a), WORDS(b)))
#define v_zip_high32(a, b) vreinterpretq_u8_u32(vzip2q_u32(WORDS(a), WORDS(b)))
#define v_zip_low8(a, b) vzip1q_u8(a, b)
#define v_zip_high8(a, b) vzip2q_u8(a, b)
#define v_spread3(v) vqtbl1q_u8(v, vld1q_u8(spread))
#define v_squeeze3(v) vqtbl1q_u8(v, vld1q_u8(squeeze))

#include "transpose_blocks.h"

#endif
