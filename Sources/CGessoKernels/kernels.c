// The tables of kernels, one for each instruction set, and the choice among them.

#include "kernel_sets.h"

#define RESAMPLING(set, storing)                                                                                     \
    .resample_vertical8 = gesso_resample_vertical8_##set, .resample_vertical16 = gesso_resample_vertical16_##set,    \
    .resample_horizontal = gesso_resample_horizontal_##set, .pair_rgb = gesso_pair_rgb_##storing,                    \
    .pair_gray = gesso_pair_gray_##storing, .store_rgba = gesso_store_rgba_##storing,                                \
    .store_rgb = gesso_store_rgb_##storing, .store_straight = gesso_store_straight_##set,                        \
    .store_gray = gesso_store_gray_##storing, .premultiply16 = gesso_premultiply16_##set,                            \
    .is_opaque = gesso_is_opaque_##set

#define ROWS(set, layouts)                                                                                           \
    .gray_to_rgb = gesso_gray_to_rgb_##layouts, .gray_to_rgba = gesso_gray_to_rgba_##layouts,                        \
    .rgb_to_rgba = gesso_rgb_to_rgba_##layouts, .rgba_to_rgb = gesso_rgba_to_rgb_##layouts,                          \
    .flatten = gesso_flatten_##layouts, .alpha_from_coverage = gesso_alpha_from_coverage_##layouts,                  \
    .transpose = gesso_transpose_##layouts,                                                                          \
    .run_length = gesso_run_length_##set, .count_equal = gesso_count_equal_##set,                                    \
    .max_into = gesso_max_into_##set, .difference = gesso_difference_##set,                                    \
    .blend_light = gesso_blend_light_##set

#define PLAIN_VECTORS(set)                                                                                           \
    .alignment_sums = gesso_alignment_sums_##set, .luminance = gesso_luminance_##set,                                \
    .structure_tensor = gesso_structure_tensor_##set,                                                                \
    .tone_apply = gesso_tone_apply_##set, .weigh_rows = gesso_weigh_rows_##set,                                      \
    .weigh_pixels = gesso_weigh_pixels_##set

static const gesso_kernels_t scalar = {
    .level = GESSO_SIMD_SCALAR, RESAMPLING(scalar, scalar), ROWS(scalar, scalar), PLAIN_VECTORS(scalar)};
#if defined(__x86_64__)
static const gesso_kernels_t sse4 = {
    .level = GESSO_SIMD_SSE4, RESAMPLING(sse4, sse4), ROWS(sse4, sse4), PLAIN_VECTORS(scalar)};
static const gesso_kernels_t avx2 = {
    .level = GESSO_SIMD_AVX2, RESAMPLING(avx2, sse4), ROWS(avx2, sse4), PLAIN_VECTORS(avx2)};
static const gesso_kernels_t avx512 = {
    .level = GESSO_SIMD_AVX512, RESAMPLING(avx512, sse4), ROWS(avx512, sse4), PLAIN_VECTORS(avx2)};
#elif defined(__aarch64__)
static const gesso_kernels_t neon = {
    .level = GESSO_SIMD_NEON, RESAMPLING(neon, neon), ROWS(neon, neon), PLAIN_VECTORS(scalar)};
#endif

static const gesso_kernels_t *set_of(gesso_simd_level_t level) {
    switch (level) {
#if defined(__x86_64__)
    case GESSO_SIMD_SSE4: return &sse4;
    case GESSO_SIMD_AVX2: return &avx2;
    case GESSO_SIMD_AVX512: return &avx512;
#elif defined(__aarch64__)
    case GESSO_SIMD_NEON: return &neon;
#endif
    default: return &scalar;
    }
}

const gesso_kernels_t *gesso_kernels_for(gesso_simd_level_t level) {
    return gesso_simd_supports(level) ? set_of(level) : 0;
}

const gesso_kernels_t *gesso_kernels(void) { return set_of(gesso_simd_level()); }
