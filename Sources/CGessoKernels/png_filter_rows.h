// Measures and applies the row filters, a vector at a time. Included by the files that set an instruction set, after
// png_vectors.h.

typedef struct {
    vec small, large;
} cost_tables;

/// gesso_png_cost of each byte, summed into `sums`.
TARGET INLINE vec v_add_costs(vec sums, vec bytes, cost_tables tables) {
    vec magnitudes = v_min(bytes, v_sub(v_zero(), bytes));
    vec small = v_look_up(tables.small, v_min(magnitudes, v_fill(15)));
    // Costs grow with the magnitude, and the first entry of the large ones is 0.
    return v_add_sums(sums, v_max(small, v_look_up(tables.large, v_high_halves(magnitudes))));
}

TARGET INLINE uint64_t v_total(vec sums) {
    uint64_t parts[VECTOR_BYTES / 8], total = 0;
    v_store(parts, sums);
    for (int i = 0; i < VECTOR_BYTES / 8; i++) total += parts[i];
    return total;
}

/// Returns the offset reached; the rest is shorter than a vector. `from` is at least `pixel_bytes`.
TARGET INLINE size_t measure_vectors(const uint8_t *row, const uint8_t *above, size_t from, size_t to,
                                     size_t pixel_bytes, uint64_t sums[5]) {
    vec none = v_zero(), sub = v_zero(), up = v_zero(), average = v_zero(), paeth = v_zero();
    cost_tables tables = {v_repeat(gesso_png_small_costs), v_repeat(gesso_png_large_costs)};
    size_t i = from;
    for (; i + VECTOR_BYTES <= to; i += VECTOR_BYTES) {
        vec x = v_load(row + i), a = v_load(row + i - pixel_bytes);
        vec b = v_load(above + i), c = v_load(above + i - pixel_bytes);
        none = v_add_costs(none, x, tables);
        sub = v_add_costs(sub, v_sub(x, a), tables);
        up = v_add_costs(up, v_sub(x, b), tables);
        average = v_add_costs(average, v_sub(x, v_average(a, b)), tables);
        paeth = v_add_costs(paeth, v_sub(x, v_paeth(a, b, c)), tables);
    }
    sums[0] += v_total(none);
    sums[1] += v_total(sub);
    sums[2] += v_total(up);
    sums[3] += v_total(average);
    sums[4] += v_total(paeth);
    return i;
}

TARGET INLINE size_t apply_vectors(const uint8_t *row, const uint8_t *above, size_t from, size_t to, size_t pixel_bytes,
                                   int type, uint8_t *filtered) {
    size_t i = from;
    for (; i + VECTOR_BYTES <= to; i += VECTOR_BYTES) {
        vec guess;
        switch (type) {
        case 1: guess = v_load(row + i - pixel_bytes); break;
        case 2: guess = v_load(above + i); break;
        case 3: guess = v_average(v_load(row + i - pixel_bytes), v_load(above + i)); break;
        default:
            guess = v_paeth(v_load(row + i - pixel_bytes), v_load(above + i), v_load(above + i - pixel_bytes));
            break;
        }
        v_store(filtered + i, v_sub(v_load(row + i), guess));
    }
    return i;
}
