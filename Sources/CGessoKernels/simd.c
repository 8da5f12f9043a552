// Finds the instruction set of this machine, or the one that GESSO_SIMD names.

#include "gesso_simd.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char *const level_names[GESSO_SIMD_LEVEL_COUNT] = {"scalar", "sse4", "avx2", "avx512", "neon"};

int gesso_simd_supports(gesso_simd_level_t level) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    switch (level) {
    case GESSO_SIMD_SCALAR: return 1;
#if defined(__x86_64__)
    case GESSO_SIMD_SSE4: return __builtin_cpu_supports("sse4.1") != 0;
    case GESSO_SIMD_AVX2: return __builtin_cpu_supports("avx2") != 0;
    case GESSO_SIMD_AVX512:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512f")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi")
            && __builtin_cpu_supports("avx512vnni");
#elif defined(__aarch64__)
    case GESSO_SIMD_NEON: return 1;
#endif
    default: return 0;
    }
}

static gesso_simd_level_t choose_level(void) {
    const char *wanted = getenv("GESSO_SIMD");
    if (wanted) {
        for (int level = 0; level < GESSO_SIMD_LEVEL_COUNT; level++) {
            if (strcmp(wanted, level_names[level]) == 0 && gesso_simd_supports(level)) return level;
        }
    }
    for (int level = GESSO_SIMD_LEVEL_COUNT - 1; level > 0; level--) {
        if (gesso_simd_supports(level)) return level;
    }
    return GESSO_SIMD_SCALAR;
}

gesso_simd_level_t gesso_simd_level(void) {
    // Two threads may both determine the level; they get the same one.
    static _Atomic int chosen = -1;
    int level = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (level < 0) {
        level = choose_level();
        atomic_store_explicit(&chosen, level, memory_order_relaxed);
    }
    return level;
}

const char *gesso_simd_level_name(gesso_simd_level_t level) {
    return (unsigned)level < GESSO_SIMD_LEVEL_COUNT ? level_names[level] : "unknown";
}

const char *gesso_simd_name(void) { return level_names[gesso_simd_level()]; }
