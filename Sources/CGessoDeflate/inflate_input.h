// The bit reader, over input that comes in pieces.

#ifndef GESSO_INFLATE_INPUT_H
#define GESSO_INFLATE_INPUT_H

#include "gesso_inflate.h"

#include <string.h>

enum {
    /// The number of bytes that can be read from `in` on after `inflate_advance` returned 1.
    INFLATE_AHEAD = 16,
    /// The number of bytes that may be returned after they were loaded: the capacity of the bit buffer.
    INFLATE_UNREAD = 8,
    /// The amount of input between two calls of `should_stop`, at most.
    INFLATE_SLICE = 65536,
    INFLATE_BRIDGE = 128,
};

/// The memory that `in` and `end` point into.
typedef enum {
    /// The piece.
    INFLATE_IN_PIECE,
    /// The bridge: a copy of the end of one piece and the start of the next ones.
    INFLATE_IN_BRIDGE,
    /// The bridge; after its `last_count` bytes the stream has ended, and zeros follow.
    INFLATE_AT_END,
} inflate_place;

/// Reads bits from pieces of any length. Reads directly from a piece while at least INFLATE_AHEAD bytes of it are
/// left, then through a bridge into the next one.
typedef struct {
    const uint8_t *in, *end;
    uint64_t buffer;
    /// The number of valid bits in the buffer. Bits above them are copies of those at `in`, or zeros.
    unsigned count;

    inflate_place place;
    const gesso_inflate_source *source;
    const uint8_t *piece;
    size_t piece_count;
    /// In the bridge: the next byte of the piece that is not in it, and the position in the bridge that corresponds to
    /// the piece's first byte, which may be before the bridge's start.
    size_t next;
    ptrdiff_t piece_at;
    size_t last_count;
    /// The number of input bytes made readable so far, and at the last call of `should_stop`.
    uint64_t taken;
    size_t since_stop;
    uint8_t bridge[INFLATE_BRIDGE + 2 * INFLATE_AHEAD];
} inflate_reader;

void inflate_start(inflate_reader *reader, const gesso_inflate_source *source);

/// Makes INFLATE_AHEAD bytes readable; 0 after the end of the stream, or if decoding should stop.
int inflate_advance(inflate_reader *reader);

/// Whether no bit after the end of the stream was used.
static inline int inflate_is_inside(const inflate_reader *reader) {
    if (reader->place != INFLATE_AT_END) return 1;
    return (size_t)(reader->in - reader->bridge) * 8 - reader->count <= reader->last_count * 8;
}

static inline __attribute__((always_inline)) uint64_t inflate_load64(const uint8_t *from) {
    uint64_t word;
    memcpy(&word, from, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/// Fills the buffer to at least 56 valid bits; bytes may be loaded twice, with the same result.
static inline __attribute__((always_inline)) int inflate_need(inflate_reader *reader) {
    if (reader->end - reader->in < INFLATE_AHEAD && !inflate_advance(reader)) return 0;
    reader->buffer |= inflate_load64(reader->in) << reader->count;
    reader->in += (63 - reader->count) >> 3;
    reader->count |= 56;
    return 1;
}

static inline __attribute__((always_inline)) uint32_t inflate_take(inflate_reader *reader, unsigned bits) {
    uint32_t value = (uint32_t)(reader->buffer & ((1ull << bits) - 1));
    reader->buffer >>= bits;
    reader->count -= bits;
    return value;
}

/// Skips to the next byte boundary and returns the bytes that were loaded but not used.
static inline int inflate_align(inflate_reader *reader) {
    inflate_take(reader, reader->count & 7);
    reader->in -= reader->count / 8;
    reader->buffer = 0;
    reader->count = 0;
    return inflate_is_inside(reader);
}

#endif
