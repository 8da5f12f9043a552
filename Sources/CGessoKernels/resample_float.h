// Weighted sums of float samples. Plain vector code, compiled once for the base instruction set and once for AVX2;
// without fused multiply-add, and with sums in one order, all give the same bits. The file that includes this defines
// SET and TARGET.

#pragma clang fp contract(off)

#define JOIN_NAMES(name, set) gesso_##name##_##set
#define JOIN(name, set) JOIN_NAMES(name, set)
#define KERNEL(name) JOIN(name, SET)

typedef float eight __attribute__((vector_size(32)));
typedef float four __attribute__((vector_size(16)));

TARGET void KERNEL(weigh_rows)(
    const float *const *rows, const float *weights, size_t taps, size_t samples, float *target) {
    size_t i = 0;
    for (; i + 32 <= samples; i += 32) {
        eight sums[4];
        memcpy(sums, target + i, sizeof sums);
        for (size_t k = 0; k < taps; k++) {
            eight values[4];
            memcpy(values, rows[k] + i, sizeof values);
            for (int part = 0; part < 4; part++) sums[part] += values[part] * weights[k];
        }
        memcpy(target + i, sums, sizeof sums);
    }
    for (; i < samples; i++) {
        for (size_t k = 0; k < taps; k++) target[i] += rows[k][i] * weights[k];
    }
}

// Two sums, of even and of odd taps, so that one addition need not wait for the other.
TARGET void KERNEL(weigh_pixels)(
    const float *source, float *target, size_t count, int channels, const int32_t *starts, const int32_t *counts,
    const float *weights, size_t stride) {
    for (size_t x = 0; x < count; x++, target += channels, weights += stride) {
        const float *pixel = source + (size_t)starts[x] * (size_t)channels;
        four even = {0}, odd = {0};
        int32_t k = 0;
        for (; k + 2 <= counts[x]; k += 2, pixel += 2 * channels) {
            four first, second;
            memcpy(&first, pixel, sizeof first);
            memcpy(&second, pixel + channels, sizeof second);
            even += first * weights[k];
            odd += second * weights[k + 1];
        }
        if (k < counts[x]) {
            four last;
            memcpy(&last, pixel, sizeof last);
            even += last * weights[k];
        }
        even += odd;
        memcpy(target, &even, sizeof even);
    }
}
