#ifndef GESSO_KERNELS_H
#define GESSO_KERNELS_H

#include "gesso_registration.h"
#include "gesso_simd.h"

#include <stddef.h>
#include <stdint.h>

// Resampling works on strips: the columns of up to 16 lines of 16-bit samples at once, so that one weight serves them
// all. A line is one channel of one row: four rows of RGBA (or RGB with an empty fourth channel), or 16 rows of gray;
// line = row × 4 + channel. A strip is a sequence of units of 32 samples, one unit a pair of pixels: line l has its
// even pixel at 2·l and its odd pixel at 2·l + 1. Samples in strips and sums are levels × 64.

/// The layout of the output of `resample_vertical…`, in chunks of 8 samples (16 bytes).
typedef enum gesso_row_layout_t {
    /// Consecutive chunks.
    GESSO_ROW_PLAIN,
    /// For rows of four channels: chunks are pairs of pixels, with the even and the odd pixel adjacent in their unit.
    GESSO_ROW_PAIRED,
} gesso_row_layout_t;

/// The weights of four output rows over the source rows that any of them uses, in pairs.
typedef struct gesso_row_weights_t {
    size_t pairs;
    /// weights[8k + 2r] is for source row 2k and the next one for row 2k + 1, for output row r.
    const int16_t *weights;
    /// Bit r of uses[k]: output row r has a nonzero weight in pair k.
    const uint8_t *uses;
    int shift;
} gesso_row_weights_t;

/// The functions implemented for each instruction set; all implementations give the same bits.
typedef struct gesso_kernels_t {
    gesso_simd_level_t level;

    /// target[r × row_step + i] = saturate16((Σk rows[k][i] × its weight for r + half) >> shift), half =
    /// 1 << (shift - 1), for the four new rows r. `samples` is rounded up to 64, and that many are read and written.
    void (*resample_vertical8)(
        const uint8_t *const *rows, const gesso_row_weights_t *weights, size_t samples, int16_t *target,
        size_t row_step, gesso_row_layout_t layout);
    void (*resample_vertical16)(
        const int16_t *const *rows, const gesso_row_weights_t *weights, size_t samples, int16_t *target,
        size_t row_step, gesso_row_layout_t layout);

    /// sums[x × 16 + l] = saturate16((Σk strip[unit starts[x] + k] line l · weights[x × stride + 2k, + 1]) >> shift),
    /// over counts[x] units.
    void (*resample_horizontal)(
        const int16_t *strip, const int32_t *starts, const int32_t *counts, const int16_t *weights, size_t stride,
        int shift, size_t count, int16_t *sums);

    /// Copies the samples of one row to the lines 4·row … of a strip: three channels, or one channel to line `row`.
    void (*pair_rgb)(const int16_t *plain, int16_t *strip, size_t row, size_t count);
    void (*pair_gray)(const int16_t *plain, int16_t *strip, size_t row, size_t count);

    /// Converts sums to four rows of bytes, rounded and clamped; `count` pixels each.
    void (*store_rgba)(const int16_t *sums, uint8_t *const *rows, size_t count);
    void (*store_rgb)(const int16_t *sums, uint8_t *const *rows, size_t count);
    /// Converts premultiplied sums, here levels × 128, to straight alpha: round(255 × color / alpha), all 0 where
    /// alpha rounds to 0.
    void (*store_straight)(const int16_t *sums, uint8_t *const *rows, size_t count);
    /// Converts sums to 16 rows of gray.
    void (*store_gray)(const int16_t *sums, uint8_t *const *rows, size_t count);

    /// Converts straight RGBA bytes to premultiplied levels × 128, rounded: ⌊(c·a + 1)·32897 / 65536⌋, which is 128·c
    /// for opaque pixels; the same for alpha with 255 for c.
    void (*premultiply16)(const uint8_t *rgba, int16_t *target, size_t count);
    /// Whether every alpha is 255.
    int (*is_opaque)(const uint8_t *rgba, size_t count);

    /// target[i] += rows[k][i] × weights[k] for each k in order.
    void (*weigh_rows)(const float *const *rows, const float *weights, size_t taps, size_t samples, float *target);
    /// target pixel x = Σk source pixel starts[x] + k × weights[x × stride + k] over counts[x] taps: the sum of even k,
    /// plus that of odd k. Reads and writes four samples a pixel, so both rows have room for three more.
    void (*weigh_pixels)(
        const float *source, float *target, size_t count, int channels, const int32_t *starts, const int32_t *counts,
        const float *weights, size_t stride);

    // Layout conversions of 8-bit rows; `count` is in pixels, and rows do not overlap.
    void (*gray_to_rgb)(const uint8_t *source, uint8_t *target, size_t count);
    void (*gray_to_rgba)(const uint8_t *source, uint8_t *target, size_t count, uint8_t alpha);
    void (*rgb_to_rgba)(const uint8_t *source, uint8_t *target, size_t count, uint8_t alpha);
    void (*rgba_to_rgb)(const uint8_t *source, uint8_t *target, size_t count);
    /// Composites over an opaque color, in encoded values: round((c·a + background·(255 − a)) / 255).
    void (*flatten)(const uint8_t *rgba, uint8_t *rgb, size_t count, const uint8_t background[3]);
    /// alpha := 255 − coverage; color untouched.
    void (*alpha_from_coverage)(const uint8_t *coverage, uint8_t *rgba, size_t count);

    /// Exchanges rows and columns of pixels of 1, 2, 3, 4, 6 or 8 bytes; the target is `height` wide and `width` high.
    /// With the flips, its columns or rows are in reverse order.
    void (*transpose)(
        const uint8_t *source, size_t source_stride, size_t width, size_t height, size_t bytes_per_pixel,
        int flip_columns, int flip_rows, uint8_t *target, size_t target_stride);

    /// The number of bytes at the start that equal `value`.
    size_t (*run_length)(const uint8_t *bytes, uint8_t value, size_t count);
    /// The number of bytes that equal `value`.
    size_t (*count_equal)(const uint8_t *bytes, uint8_t value, size_t count);
    /// target[i] = max(target[i], other[i]); `other` may be ahead in the same row (other > target).
    void (*max_into)(uint8_t *target, const uint8_t *other, size_t count);
    /// largest[i] = the largest channel's |a − b| of pixel i, or 0 where coverage[i] is not 0.
    void (*difference)(
        const uint8_t *a, const uint8_t *b, const uint8_t *coverage, size_t count, int channels, uint8_t *largest);

    /// Blends sRGB samples in linear light: `shares[i]` of 65535 from the patch, the rest from the target. Shares of 0
    /// and 65535, and equal samples, return their input exactly; all else is within 0.62 levels of the formula.
    void (*blend_light)(uint8_t *target, const uint8_t *patch, const uint16_t *shares, size_t count);

    /// Sums the normal equations of a registration step over a region of the reference. Excludes pixels where `keep`
    /// is below 255 (NULL keeps all), and those whose neighborhood in the moved image is outside it. Residuals above
    /// `limit` levels have less weight (Huber). For scales outside 0.8…1.25 the sums are 0.
    void (*alignment_sums)(
        const gesso_plane_t *reference, const gesso_plane_t *moved, const uint8_t *keep, size_t keep_stride,
        const gesso_region_t *region, const gesso_motion_t *motion, double gain, double offset, double limit,
        gesso_alignment_sums_t *sums);

    /// The structure tensor of every other row of a region: sums of gx², gx·gy and gy² of central differences. Returns
    /// 0 if any pixel is not kept (`keep` below 255; NULL keeps all). The region is at least a pixel away from the
    /// plane's edges and at most 8192 wide.
    int (*structure_tensor)(
        const gesso_plane_t *plane, const uint8_t *keep, size_t keep_stride, const gesso_region_t *region,
        int64_t tensor[3]);

    /// Luminance by the weights of Rec. 709 on encoded samples, in 256ths; alpha is ignored.
    void (*luminance)(const uint8_t *rgba, uint8_t *target, size_t count);

    /// row[i] = row[i] · gain[i] + upper[i] + (lower[i] − upper[i]) · share, rounded and clipped.
    void (*tone_apply)(
        uint8_t *row, size_t count, const float *gain, const float *upper, const float *lower, float share);
} gesso_kernels_t;

/// The kernels of the level in use.
const gesso_kernels_t *gesso_kernels(void);

/// The kernels of one level, or NULL if this machine does not support it.
const gesso_kernels_t *gesso_kernels_for(gesso_simd_level_t level);

#endif
