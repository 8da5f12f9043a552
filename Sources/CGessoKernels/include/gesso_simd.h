#ifndef GESSO_SIMD_H
#define GESSO_SIMD_H

/// The instruction sets that kernels exist for, in ascending order on x86. A level stands for a generation of
/// machines: `AVX512` needs F, BW, DQ, VL, VBMI and VNNI (Ice Lake, Zen 4 and later); machines with less use AVX2.
typedef enum gesso_simd_level_t {
    GESSO_SIMD_SCALAR = 0,
    GESSO_SIMD_SSE4 = 1,
    GESSO_SIMD_AVX2 = 2,
    GESSO_SIMD_AVX512 = 3,
    GESSO_SIMD_NEON = 4,
} gesso_simd_level_t;

#define GESSO_SIMD_LEVEL_COUNT 5

/// The level in use, chosen once at the first call: the best that the machine supports, or the one named by the
/// environment variable GESSO_SIMD (scalar, sse4, avx2, avx512, neon) if the machine supports it. Thread-safe.
gesso_simd_level_t gesso_simd_level(void);

/// Whether this machine supports that level; always for scalar.
int gesso_simd_supports(gesso_simd_level_t level);

/// The name of the level in use.
const char *gesso_simd_name(void);

/// The level of that name, as in GESSO_SIMD.
const char *gesso_simd_level_name(gesso_simd_level_t level);

// Kernels for one instruction set are compiled for it independently of the file's own flags:
#if defined(__x86_64__)
#define GESSO_TARGET_SSE4 __attribute__((target("sse4.1")))
#define GESSO_TARGET_AVX2 __attribute__((target("avx2")))
#define GESSO_TARGET_AVX512 __attribute__((target("avx2,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni")))
#endif

#endif
