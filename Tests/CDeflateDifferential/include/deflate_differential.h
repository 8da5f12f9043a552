#ifndef DEFLATE_DIFFERENTIAL_H
#define DEFLATE_DIFFERENTIAL_H

#include <stddef.h>
#include <stdint.h>

// PNG files whose pixel data is any mix of stored, fixed, dynamic and empty blocks under Huffman codes of its own, valid
// or not, split into IDAT chunks anywhere. The decoder under test must give what libpng gives for the whole file, or
// refuse what it refuses; and must not leave to libpng what zlib accepts.

/// What a seed led to.
typedef enum {
    DIFFERENTIAL_ACCEPTED,
    DIFFERENTIAL_REFUSED,
    DIFFERENTIAL_DIFFERS,
} differential_result;

/// Makes the file of one seed and compares. `reason` has room for 200 bytes and is set when the result differs.
differential_result differential_run(uint64_t seed, char *reason);

/// Writes the file of one seed into `file`; returns its length, or 0 if `capacity` is too small.
size_t differential_file(uint64_t seed, uint8_t *file, size_t capacity);

/// Compares a whole PNG file of 8 bits a channel that is not interlaced. `must_be_fast` tells that no fallback to libpng
/// is expected.
differential_result differential_compare(const uint8_t *file, size_t count, int must_be_fast, char *reason);

typedef enum {
    EMPTY_BLOCKS_FIXED,
    EMPTY_BLOCKS_STORED,
    EMPTY_BLOCKS_DYNAMIC_SMALL,
    EMPTY_BLOCKS_DYNAMIC_DEEP,
} differential_blocks;

/// Fills `to` with deflate blocks that hold nothing, none of them the last of a stream; returns their length, a little
/// less than `capacity`.
size_t differential_empty_blocks(differential_blocks kind, uint8_t *to, size_t capacity);

#endif
