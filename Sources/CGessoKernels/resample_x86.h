// The resampling passes for one x86 instruction set, in terms of its vector width. The file that includes this defines
// SET, TARGET, VECTOR_BYTES, BLOCK (vectors a step), the type `vec` and the operations used here. Unpack, multiply-add
// and pack work inside 16-byte lanes on all three widths, and stores go by lanes, so the code is the same for each.

#define JOIN_NAMES(name, set) gesso_##name##_##set
#define JOIN(name, set) JOIN_NAMES(name, set)
#define KERNEL(name) JOIN(name, SET)

enum { lanes = VECTOR_BYTES / 16, step = VECTOR_BYTES * BLOCK };

// Two weights side by side, in every 32 bits.
#define WEIGHT_PAIR(weights) v_broadcast32(((const struct unaligned32 *)(weights))->value)

struct unaligned32 {
    int32_t value;
} __attribute__((packed, may_alias));

// Even pixel's channels then odd pixel's become channel by channel.
#define PAIR_ORDER 0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15

TARGET void KERNEL(resample_vertical8)(
    const uint8_t *const *rows, const int16_t *weights, size_t taps, int shift, size_t samples, int16_t *target,
    gesso_row_layout_t layout) {
    const size_t end = (samples + 63) & ~(size_t)63;
    const size_t chunk = layout == GESSO_ROW_PAIRED ? 32 : 8;
    const vec zero = v_zero(), half = v_broadcast32(1 << (shift - 1)), order = v_lanes(PAIR_ORDER);
    const __m128i by = _mm_cvtsi32_si128(shift);
    for (size_t start = 0; start < end; start += step, target += step / 8 * chunk) {
        vec sums[BLOCK][4];
        for (int i = 0; i < BLOCK; i++) sums[i][0] = sums[i][1] = sums[i][2] = sums[i][3] = half;
        for (size_t k = 0; k < taps; k += 2) {
            const vec pair = WEIGHT_PAIR(weights + k);
            const uint8_t *upper = rows[k] + start, *lower = rows[k + 1] + start;
            for (int i = 0; i < BLOCK; i++) {
                vec a = v_load(upper + i * VECTOR_BYTES), b = v_load(lower + i * VECTOR_BYTES);
                vec low = v_unpack_low8(a, b), high = v_unpack_high8(a, b);
                sums[i][0] = v_dot(sums[i][0], v_unpack_low8(low, zero), pair);
                sums[i][1] = v_dot(sums[i][1], v_unpack_high8(low, zero), pair);
                sums[i][2] = v_dot(sums[i][2], v_unpack_low8(high, zero), pair);
                sums[i][3] = v_dot(sums[i][3], v_unpack_high8(high, zero), pair);
            }
        }
        for (int i = 0; i < BLOCK; i++) {
            vec first = v_pack32(v_shift_right32(sums[i][0], by), v_shift_right32(sums[i][1], by));
            vec second = v_pack32(v_shift_right32(sums[i][2], by), v_shift_right32(sums[i][3], by));
            if (layout == GESSO_ROW_PAIRED) {
                first = v_shuffle8(first, order);
                second = v_shuffle8(second, order);
            }
            v_store_lanes(target + i * VECTOR_BYTES / 8 * chunk, 2 * chunk, first);
            v_store_lanes(target + (i * VECTOR_BYTES / 8 + 1) * chunk, 2 * chunk, second);
        }
    }
}

TARGET void KERNEL(resample_vertical16)(
    const int16_t *const *rows, const int16_t *weights, size_t taps, int shift, size_t samples, int16_t *target,
    gesso_row_layout_t layout) {
    const size_t end = (samples + 63) & ~(size_t)63;
    const size_t chunk = layout == GESSO_ROW_PAIRED ? 32 : 8;
    const vec half = v_broadcast32(1 << (shift - 1)), order = v_lanes(PAIR_ORDER);
    const __m128i by = _mm_cvtsi32_si128(shift);
    enum { vectors = 2 * BLOCK };
    for (size_t start = 0; start < end; start += step, target += step / 8 * chunk) {
        vec sums[vectors][2];
        for (int i = 0; i < vectors; i++) sums[i][0] = sums[i][1] = half;
        for (size_t k = 0; k < taps; k += 2) {
            const vec pair = WEIGHT_PAIR(weights + k);
            const int16_t *upper = rows[k] + start, *lower = rows[k + 1] + start;
            for (int i = 0; i < vectors; i++) {
                vec a = v_load(upper + i * VECTOR_BYTES / 2), b = v_load(lower + i * VECTOR_BYTES / 2);
                sums[i][0] = v_dot(sums[i][0], v_unpack_low16(a, b), pair);
                sums[i][1] = v_dot(sums[i][1], v_unpack_high16(a, b), pair);
            }
        }
        for (int i = 0; i < vectors; i++) {
            vec packed = v_pack32(v_shift_right32(sums[i][0], by), v_shift_right32(sums[i][1], by));
            if (layout == GESSO_ROW_PAIRED) packed = v_shuffle8(packed, order);
            v_store_lanes(target + i * lanes * chunk, chunk, packed);
        }
    }
}

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
    // In each pixel of four 16-bit samples: its alpha three times, and 255 to multiply alpha itself with.
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
