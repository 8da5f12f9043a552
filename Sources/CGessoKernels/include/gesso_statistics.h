#ifndef GESSO_STATISTICS_H
#define GESSO_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/// Counts each value. `histogram` is four tables of 256 in turn, to be added up: counting runs of one value in one
/// table would wait for each count before the next.
void gesso_count_values(const uint8_t *values, size_t count, uint64_t *histogram);

/// For each pixel whose coverage is 0, counts its largest channel difference in `histogram` (65536 entries).
void gesso_difference_histogram16(
    const uint16_t *a, const uint16_t *b, const uint8_t *coverage, size_t count, int channels, uint64_t *histogram);

/// Adds up color weighted by alpha and the alpha itself: sums[0…channels). Without alpha the weight is 1.
void gesso_sum_colors8(const uint8_t *row, size_t count, int channels, uint64_t sums[4]);
void gesso_sum_colors16(const uint16_t *row, size_t count, int channels, uint64_t sums[4]);

/// The sum of all bytes.
uint64_t gesso_sum_bytes(const uint8_t *row, size_t count);
/// The index of the first byte above 0, or `count`.
size_t gesso_first_nonzero(const uint8_t *row, size_t count);
/// One after the index of the last byte above 0, or 0.
size_t gesso_last_nonzero(const uint8_t *row, size_t count);
/// Whether every byte is `value`.
int gesso_all_equal(const uint8_t *row, uint8_t value, size_t count);
/// Whether both rows hold the same bytes.
int gesso_same_bytes(const void *a, const void *b, size_t count);

/// Writes the indices at which one of `a[i]`, `b[i]` is 0 and the other is not; returns how many there are,
/// which may be more than `capacity`.
size_t gesso_borders(const uint8_t *a, const uint8_t *b, size_t count, uint32_t *indices, size_t capacity);

#endif
