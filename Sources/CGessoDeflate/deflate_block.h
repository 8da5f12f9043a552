#ifndef GESSO_CODECS_DEFLATE_BLOCK_H
#define GESSO_CODECS_DEFLATE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

enum { DEFLATE_LENGTHS = 286, DEFLATE_DISTANCES = 30, DEFLATE_END = 256, DEFLATE_LONGEST = 258 };

/// How often each symbol occurs: literals, the end, lengths; and distances.
typedef struct {
    uint32_t lengths[DEFLATE_LENGTHS], distances[DEFLATE_DISTANCES];
} deflate_counts;

/// So many literals, and then a copy; the last of a block may have no copy: length 0.
typedef struct {
    uint32_t literals;
    uint16_t length, distance;
} deflate_step;

typedef struct {
    uint8_t *next, *end;
    uint64_t bits;
    unsigned bit_count;
    /// Something did not fit; nothing more is written.
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

/// The head of a zlib stream, and its end after the last block: 0 when something did not fit.
void deflate_begin(deflate_writer *writer, uint8_t *to, size_t capacity);
int deflate_end(deflate_writer *writer, uint32_t adler);

/// Writes the `count` bytes at `bytes`, which `steps` describe, in the cheapest of the three kinds of block.
void deflate_write_block(deflate_writer *writer, const uint8_t *bytes, size_t count, const deflate_step *steps,
                         size_t step_count, const deflate_counts *counts, int is_last);

/// Code lengths of at most `limit` bits for `count` symbols; at least two get one, so that every code is complete.
void deflate_code_lengths(const uint32_t *counts, unsigned count, unsigned limit, uint8_t *lengths);

/// The codes of these lengths, first bit lowest.
void deflate_codes(const uint8_t *lengths, unsigned count, uint16_t *codes);

#endif
