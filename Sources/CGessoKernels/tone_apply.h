// Applies a tone correction to a row of samples, eight at a time in single precision. Plain vector code, compiled once
// for the base instruction set and once for wider ones; without fused multiply-add all give the same bits. The file
// that includes this defines TARGET and NAME.

#pragma clang fp contract(off)

typedef float lanes __attribute__((vector_size(32)));
typedef int32_t marks __attribute__((vector_size(32)));
typedef uint8_t bytes __attribute__((vector_size(8)));

enum { width_of_lanes = 8 };

TARGET static inline bytes corrected(
    bytes samples, const float *gain, const float *upper, const float *lower, float share) {
    lanes factor, first, second;
    memcpy(&factor, gain, sizeof factor);
    memcpy(&first, upper, sizeof first);
    memcpy(&second, lower, sizeof second);
    lanes value = __builtin_convertvector(samples, lanes) * factor + first + (second - first) * share + 0.5f;
    marks is_positive = value > 0, is_small = value < 255;
    marks level = __builtin_convertvector((lanes)((marks)value & is_positive & is_small), marks);
    level |= 255 & ~is_small;
    return __builtin_convertvector(level, bytes);
}

TARGET void NAME(
    uint8_t *row, size_t count, const float *gain, const float *upper, const float *lower, float share) {
    size_t i = 0;
    for (; i + width_of_lanes <= count; i += width_of_lanes) {
        bytes samples;
        memcpy(&samples, row + i, sizeof samples);
        samples = corrected(samples, gain + i, upper + i, lower + i, share);
        memcpy(row + i, &samples, sizeof samples);
    }
    for (; i < count; i++) {
        float value = (float)row[i] * gain[i] + upper[i] + (lower[i] - upper[i]) * share + 0.5f;
        row[i] = value >= 255 ? 255 : value > 0 ? (uint8_t)value : 0;
    }
}
