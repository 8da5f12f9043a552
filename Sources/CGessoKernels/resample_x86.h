// The resampling passes for one x86 instruction set, independent of its vector width. The file that includes this
// defines SET, TARGET, VECTOR_BYTES, UNITS (vectors of samples per step), the type `vec` and the operations used here.
// Unpack, multiply-add, pack and stores all work within 16-byte lanes, so the code is the same for all widths.

#define JOIN_NAMES(name, set) gesso_##name##_##set
#define JOIN(name, set) JOIN_NAMES(name, set)
#define KERNEL(name) JOIN(name, SET)

enum { lanes = VECTOR_BYTES / 16, width = VECTOR_BYTES / 2 };

// Two adjacent weights, repeated in every 32 bits.
#define WEIGHT_PAIR(weights) v_broadcast32(((const struct unaligned32 *)(weights))->value)

struct unaligned32 {
    int32_t value;
} __attribute__((packed, may_alias));

// Reorders the channels of an even and an odd pixel to pairs, channel by channel.
#define PAIR_ORDER 0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15

// Each pair of source rows is loaded and interleaved once for all four output rows. The same bits are tested in every
// step, so the branches are predicted.
#define DEFINE_VERTICAL(bits, sample, LOAD)                                                                          \
    TARGET void KERNEL(resample_vertical##bits)(                                                                     \
        const sample *const *rows, const gesso_row_weights_t *weights, size_t samples, int16_t *target,              \
        size_t row_step, gesso_row_layout_t layout) {                                                                \
        const size_t end = (samples + 63) & ~(size_t)63;                                                             \
        const size_t chunk = layout == GESSO_ROW_PAIRED ? 32 : 8;                                                    \
        const vec half = v_broadcast32(1 << (weights->shift - 1)), order = v_lanes(PAIR_ORDER);                      \
        const __m128i by = _mm_cvtsi32_si128(weights->shift);                                                        \
        for (size_t start = 0; start < end; start += width * UNITS, target += lanes * UNITS * chunk) {               \
            vec sums[4][UNITS][2];                                                                                   \
            for (int r = 0; r < 4; r++) {                                                                            \
                for (int i = 0; i < UNITS; i++) sums[r][i][0] = sums[r][i][1] = half;                                \
            }                                                                                                        \
            for (size_t k = 0; k < weights->pairs; k++) {                                                            \
                const sample *upper = rows[2 * k] + start, *lower = rows[2 * k + 1] + start;                         \
                vec low[UNITS], high[UNITS];                                                                         \
                for (int i = 0; i < UNITS; i++) {                                                                    \
                    vec a = LOAD(upper + i * width), b = LOAD(lower + i * width);                                    \
                    low[i] = v_unpack_low16(a, b);                                                                   \
                    high[i] = v_unpack_high16(a, b);                                                                 \
                }                                                                                                    \
                for (int r = 0; r < 4; r++) {                                                                        \
                    if (!(weights->uses[k] >> r & 1)) continue;                                                      \
                    const vec pair = WEIGHT_PAIR(weights->weights + 8 * k + 2 * r);                                  \
                    for (int i = 0; i < UNITS; i++) {                                                                \
                        sums[r][i][0] = v_dot(sums[r][i][0], low[i], pair);                                          \
                        sums[r][i][1] = v_dot(sums[r][i][1], high[i], pair);                                         \
                    }                                                                                                \
                }                                                                                                    \
            }                                                                                                        \
            for (int r = 0; r < 4; r++) {                                                                            \
                for (int i = 0; i < UNITS; i++) {                                                                    \
                    vec packed = v_pack32(v_shift_right32(sums[r][i][0], by), v_shift_right32(sums[r][i][1], by));   \
                    if (layout == GESSO_ROW_PAIRED) packed = v_shuffle8(packed, order);                              \
                    v_store_lanes(target + (size_t)r * row_step + i * lanes * chunk, chunk, packed);                 \
                }                                                                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }

DEFINE_VERTICAL(8, uint8_t, v_widen8)
DEFINE_VERTICAL(16, int16_t, v_load)

TARGET void KERNEL(resample_horizontal)(
    const int16_t *strip, const int32_t *starts, const int32_t *counts, const int16_t *weights, size_t stride,
    int shift, size_t count, int16_t *sums) {
    enum { vectors = 64 / VECTOR_BYTES };
    const __m128i by = _mm_cvtsi32_si128(shift);
    for (size_t x = 0; x < count; x++, weights += stride, sums += 16) {
        const int16_t *unit = strip + (size_t)starts[x] * 32;
        vec totals[vectors];
        for (int i = 0; i < vectors; i++) totals[i] = v_zero();
        for (int32_t k = 0; k < counts[x]; k++, unit += 32) {
            const vec pair = WEIGHT_PAIR(weights + 2 * k);
            for (int i = 0; i < vectors; i++) {
                totals[i] = v_dot(totals[i], v_load(unit + i * VECTOR_BYTES / 2), pair);
            }
        }
        for (int i = 0; i < vectors; i++) totals[i] = v_shift_right32(totals[i], by);
        v_store_sums(sums, totals);
    }
}

TARGET void KERNEL(premultiply16)(const uint8_t *rgba, int16_t *target, size_t count) {
    enum { pixels = VECTOR_BYTES / 8 };
    // For each pixel of four 16-bit samples: its alpha three times, and 255 as the factor of alpha itself.
    const vec spread = v_lanes(6, 7, 6, 7, 6, 7, -1, -1, 14, 15, 14, 15, 14, 15, -1, -1);
    const vec full = v_lanes(0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 0, 0, -1, 0);
    const vec scale = v_broadcast16((short)32897), one = v_broadcast16(1);
    size_t i = 0;
    for (; i + pixels <= count; i += pixels) {
        vec samples = v_widen8(rgba + 4 * i);
        vec factor = v_or(v_shuffle8(samples, spread), full);
        vec product = v_add16(v_multiply_low16(samples, factor), one);
        v_store(target + 4 * i, v_multiply_high16(product, scale));
    }
    gesso_premultiply16_scalar(rgba + 4 * i, target + 4 * i, count - i);
}

TARGET int KERNEL(is_opaque)(const uint8_t *rgba, size_t count) {
    enum { pixels = VECTOR_BYTES / 4 };
    vec all = v_broadcast32(-1);
    size_t i = 0;
    for (; i + pixels <= count; i += pixels) all = v_and(all, v_load(rgba + 4 * i));
    uint8_t bytes[VECTOR_BYTES];
    v_store(bytes, all);
    return gesso_is_opaque_scalar(bytes, pixels) && gesso_is_opaque_scalar(rgba + 4 * i, count - i);
}
