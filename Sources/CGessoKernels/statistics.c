// Counts, sums and comparisons over rows of pixels.

#include "gesso_statistics.h"

#include "gesso_kernels.h"

#include <stdlib.h>
#include <string.h>

void gesso_count_values(const uint8_t *values, size_t count, uint64_t *histogram) {
    size_t i = 0;
    uint64_t zeros = 0, word;
    for (; i + 8 <= count; i += 8) {
        memcpy(&word, values + i, 8);
        if (word == 0) {
            zeros += 8;
            continue;
        }
        for (int k = 0; k < 8; k++) histogram[(k & 3) * 256 + values[i + k]]++;
    }
    for (; i < count; i++) histogram[values[i]]++;
    histogram[0] += zeros;
}

void gesso_difference_histogram16(
    const uint16_t *a, const uint16_t *b, const uint8_t *coverage, size_t count, int channels, uint64_t *histogram) {
    uint64_t equal = 0;
    for (size_t i = 0; i < count; i++, a += channels, b += channels) {
        if (coverage[i]) continue;
        int largest = 0;
        for (int c = 0; c < channels; c++) {
            int difference = abs((int)a[c] - (int)b[c]);
            if (difference > largest) largest = difference;
        }
        if (largest == 0) equal++; else histogram[largest]++;
    }
    histogram[0] += equal;
}

#define DEFINE_SUMS(bits, sample)                                                                                    \
    void gesso_sum_colors##bits(const sample *row, size_t count, int channels, uint64_t sums[4]) {                   \
        for (size_t i = 0; i < count; i++, row += channels) {                                                        \
            uint64_t weight = channels == 4 ? row[3] : 1;                                                            \
            for (int c = 0; c < channels && c < 3; c++) sums[c] += row[c] * weight;                                  \
            if (channels == 4) sums[3] += weight;                                                                    \
        }                                                                                                            \
    }

DEFINE_SUMS(8, uint8_t)
DEFINE_SUMS(16, uint16_t)

uint64_t gesso_sum_bytes(const uint8_t *row, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += row[i];
    return sum;
}

size_t gesso_first_nonzero(const uint8_t *row, size_t count) { return gesso_kernels()->run_length(row, 0, count); }

size_t gesso_last_nonzero(const uint8_t *row, size_t count) {
    // Most rows of a mask are empty, which is found fastest from the start of the row.
    if (gesso_first_nonzero(row, count) == count) return 0;
    uint64_t word;
    while (count >= 8) {
        memcpy(&word, row + count - 8, 8);
        if (word) break;
        count -= 8;
    }
    while (count > 0 && row[count - 1] == 0) count--;
    return count;
}

int gesso_all_equal(const uint8_t *row, uint8_t value, size_t count) {
    return count == 0 || (row[0] == value && memcmp(row, row + 1, count - 1) == 0);
}

int gesso_same_bytes(const void *a, const void *b, size_t count) { return memcmp(a, b, count) == 0; }

// Whether any byte of the word is 0 (Mycroft's test).
static int has_zero(uint64_t word) {
    return ((word - 0x0101010101010101u) & ~word & 0x8080808080808080u) != 0;
}

size_t gesso_borders(const uint8_t *a, const uint8_t *b, size_t count, uint32_t *indices, size_t capacity) {
    size_t found = 0;
    for (size_t i = 0; i < count;) {
        size_t end = count - i < 8 ? count : i + 8;
        if (end - i == 8) {
            uint64_t one, two;
            memcpy(&one, a + i, 8);
            memcpy(&two, b + i, 8);
            if ((one | two) == 0 || (!has_zero(one) && !has_zero(two))) {
                i = end;
                continue;
            }
        }
        for (; i < end; i++) {
            if ((a[i] == 0) == (b[i] == 0)) continue;
            if (found < capacity) indices[found] = (uint32_t)i;
            found++;
        }
    }
    return found;
}
