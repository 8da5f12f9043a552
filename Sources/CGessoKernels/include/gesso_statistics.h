#ifndef GESSO_STATISTICS_H
#define GESSO_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/// Counts each value. `histogram` has four tables of 256 that are used in turn and must be added up: with one table,
/// counting equal values in a row would wait for each previous increment.
void gesso_count_values(const uint8_t *values, size_t count, uint64_t *histogram);

/// For each pixel whose coverage is 0, counts its largest channel difference in `histogram` (65536 entries).
void gesso_difference_histogram16(
    const uint16_t *a, const uint16_t *b, const uint8_t *coverage, size_t count, int channels, uint64_t *histogram);

/// Sums color weighted by alpha, and alpha: sums[0…channels). Without alpha the weight is 1.
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
/// Whether both rows have the same bytes.
int gesso_same_bytes(const void *a, const void *b, size_t count);

/// Writes the indices at which exactly one of `a[i]` and `b[i]` is 0; returns their number, which may exceed
/// `capacity`.
size_t gesso_borders(const uint8_t *a, const uint8_t *b, size_t count, uint32_t *indices, size_t capacity);

#endif
