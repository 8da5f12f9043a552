#ifndef GESSO_KERNEL_SETS_H
#define GESSO_KERNEL_SETS_H

#include "gesso_kernels.h"

// Declares every kernel of a set by its suffix, and fills the set's table.
#define GESSO_DECLARE_KERNELS(set)                                                                                   \
    void gesso_resample_vertical8_##set(                                                                             \
        const uint8_t *const *, const gesso_row_weights_t *, size_t, int16_t *, size_t, gesso_row_layout_t);         \
    void gesso_resample_vertical16_##set(                                                                            \
        const int16_t *const *, const gesso_row_weights_t *, size_t, int16_t *, size_t, gesso_row_layout_t);         \
    void gesso_resample_horizontal_##set(                                                                            \
        const int16_t *, const int32_t *, const int32_t *, const int16_t *, size_t, int, size_t, int16_t *);         \
    void gesso_pair_rgb_##set(const int16_t *, int16_t *, size_t, size_t);                                           \
    void gesso_pair_gray_##set(const int16_t *, int16_t *, size_t, size_t);                                          \
    void gesso_store_rgba_##set(const int16_t *, uint8_t *const *, size_t);                                          \
    void gesso_store_rgb_##set(const int16_t *, uint8_t *const *, size_t);                                           \
    void gesso_store_straight_##set(const int16_t *, uint8_t *const *, size_t);                                      \
    void gesso_store_gray_##set(const int16_t *, uint8_t *const *, size_t);                                          \
    void gesso_premultiply16_##set(const uint8_t *, int16_t *, size_t);                                              \
    int gesso_is_opaque_##set(const uint8_t *, size_t);                                                              \
    void gesso_gray_to_rgb_##set(const uint8_t *, uint8_t *, size_t);                                                \
    void gesso_gray_to_rgba_##set(const uint8_t *, uint8_t *, size_t, uint8_t);                                      \
    void gesso_rgb_to_rgba_##set(const uint8_t *, uint8_t *, size_t, uint8_t);                                       \
    void gesso_rgba_to_rgb_##set(const uint8_t *, uint8_t *, size_t);                                                \
    void gesso_flatten_##set(const uint8_t *, uint8_t *, size_t, const uint8_t[3]);                                  \
    void gesso_alpha_from_coverage_##set(const uint8_t *, uint8_t *, size_t);                                        \
    void gesso_transpose_##set(const uint8_t *, size_t, size_t, size_t, size_t, int, int, uint8_t *, size_t);        \
    size_t gesso_run_length_##set(const uint8_t *, uint8_t, size_t);                                                 \
    size_t gesso_count_equal_##set(const uint8_t *, uint8_t, size_t);                                                \
    void gesso_max_into_##set(uint8_t *, const uint8_t *, size_t);                                                   \
    void gesso_difference_##set(const uint8_t *, const uint8_t *, const uint8_t *, size_t, int, uint8_t *);           \
    void gesso_blend_light_##set(uint8_t *, const uint8_t *, const uint16_t *, size_t);

// Plain vector code, compiled for the base instruction set and for AVX2.
#define GESSO_DECLARE_PLAIN_VECTORS(set)                                                                             \
    void gesso_alignment_sums_##set(                                                                                 \
        const gesso_plane_t *, const gesso_plane_t *, const uint8_t *, size_t, const gesso_region_t *,               \
        const gesso_motion_t *, double, double, double, gesso_alignment_sums_t *);                                   \
    int gesso_structure_tensor_##set(                                                                                \
        const gesso_plane_t *, const uint8_t *, size_t, const gesso_region_t *, int64_t[3]);                         \
    void gesso_luminance_##set(const uint8_t *, uint8_t *, size_t);                                                  \
    void gesso_tone_apply_##set(uint8_t *, size_t, const float *, const float *, const float *, float);               \
    void gesso_weigh_rows_##set(const float *const *, const float *, size_t, size_t, float *);                       \
    void gesso_weigh_pixels_##set(                                                                                   \
        const float *, float *, size_t, int, const int32_t *, const int32_t *, const float *, size_t);

GESSO_DECLARE_PLAIN_VECTORS(scalar)
GESSO_DECLARE_PLAIN_VECTORS(avx2)

GESSO_DECLARE_KERNELS(scalar)
GESSO_DECLARE_KERNELS(sse4)
GESSO_DECLARE_KERNELS(avx2)
GESSO_DECLARE_KERNELS(avx512)
GESSO_DECLARE_KERNELS(neon)

#endif
