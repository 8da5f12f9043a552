// One block of compressed data: its symbols counted, and how it is written.

#ifndef GESSO_CODECS_DEFLATE_BLOCK_H
#define GESSO_CODECS_DEFLATE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { DEFLATE_LENGTHS = 286, DEFLATE_DISTANCES = 30, DEFLATE_END = 256, DEFLATE_LONGEST = 258 };

/// The number of occurrences of each symbol: literals, end of block and lengths; and distances.
typedef struct {
    uint32_t lengths[DEFLATE_LENGTHS], distances[DEFLATE_DISTANCES];
} deflate_counts;

/// A number of literals, followed by a match; the last step of a block may have length 0, which means no match.
typedef struct {
    uint32_t literals;
    uint16_t length, distance;
} deflate_step;

typedef struct {
    uint8_t *next, *end;
    uint64_t bits;
    unsigned bit_count;
    /// Set if something did not fit; nothing is written after that.
    int is_full;
} deflate_writer;

/// The symbol of a length is DEFLATE_END + 1 + its slot.
static inline unsigned deflate_length_extra(unsigned slot) { return slot < 8 || slot == 28 ? 0 : slot / 4 - 1; }
static inline unsigned deflate_distance_extra(unsigned slot) { return slot < 4 ? 0 : slot / 2 - 1; }

static inline unsigned deflate_distance_slot(unsigned distance) {
    unsigned value = distance - 1;
    if (value < 2) return value;
    unsigned top = 31 - (unsigned)__builtin_clz(value);
    return 2 * top + (value >> (top - 1) & 1);
}

static inline unsigned deflate_length_slot(unsigned length) {
    if (length == DEFLATE_LONGEST) return 28;
    unsigned value = length - 3;
    if (value < 4) return value;
    unsigned top = 31 - (unsigned)__builtin_clz(value);
    return 4 * (top - 1) + (value >> (top - 2) & 3);
}

/// The header of a zlib stream, and its end after the last block; 0 if something did not fit.
void deflate_begin(deflate_writer *writer, uint8_t *to, size_t capacity);
int deflate_end(deflate_writer *writer, uint32_t adler);

/// Writes the `count` bytes at `bytes`, divided into `steps`, as the cheapest of the three kinds of block.
void deflate_write_block(deflate_writer *writer, const uint8_t *bytes, size_t count, const deflate_step *steps,
                         size_t step_count, const deflate_counts *counts, int is_last);

/// Code lengths of at most `limit` bits for `count` symbols; at least two symbols get one, so that every code is
/// complete.
void deflate_code_lengths(const uint32_t *counts, unsigned count, unsigned limit, uint8_t *lengths);

/// The codes for these lengths, with the first bit lowest.
void deflate_codes(const uint8_t *lengths, unsigned count, uint16_t *codes);

#endif
