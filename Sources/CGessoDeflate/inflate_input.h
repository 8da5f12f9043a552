#ifndef GESSO_INFLATE_INPUT_H
#define GESSO_INFLATE_INPUT_H

#include "gesso_inflate.h"

#include <string.h>

enum {
    /// Input is readable this far ahead of `in` after `inflate_advance` returned 1.
    INFLATE_AHEAD = 16,
    /// Bytes that may be given back after they were loaded: the bit buffer's capacity.
    INFLATE_UNREAD = 8,
    /// The most input between two calls of `should_stop`.
    INFLATE_SLICE = 65536,
    INFLATE_BRIDGE = 128,
};

/// What `in` and `end` point into.
typedef enum {
    /// The piece itself.
    INFLATE_IN_PIECE,
    /// The bridge: a copy of the end of one piece and the beginning of the next ones.
    INFLATE_IN_BRIDGE,
    /// The bridge, after whose `last_count` bytes the stream has no more, only zeros.
    INFLATE_AT_END,
} inflate_place;

/// Reads bits from pieces of any length. Reading goes straight through a piece while INFLATE_AHEAD bytes of it are left;
/// from there over a bridge into the next.
typedef struct {
    const uint8_t *in, *end;
    uint64_t buffer;
    /// Valid bits in the buffer. Bits above them are copies of what stands at `in`, or zeros.
    unsigned count;

    inflate_place place;
    const gesso_inflate_source *source;
    const uint8_t *piece;
    size_t piece_count;
    /// In the bridge: the piece's next byte that is not in it, and where in the bridge the piece's first byte lies,
    /// which may be before its beginning.
    size_t next;
    ptrdiff_t piece_at;
    size_t last_count;
    /// Bytes of input that were made readable so far, and the part of them since `should_stop` was last called.
    uint64_t taken;
    size_t since_stop;
    uint8_t bridge[INFLATE_BRIDGE + 2 * INFLATE_AHEAD];
} inflate_reader;

void inflate_start(inflate_reader *reader, const gesso_inflate_source *source);

/// Makes INFLATE_AHEAD bytes readable; 0 when the stream's end was passed or reading should stop.
int inflate_advance(inflate_reader *reader);

/// Whether no bit after the stream's end was used.
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

/// At least 56 valid bits; bytes may be loaded twice, to the same effect.
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

/// Goes to the next whole byte: gives back what was loaded and not used.
static inline int inflate_align(inflate_reader *reader) {
    inflate_take(reader, reader->count & 7);
    reader->in -= reader->count / 8;
    reader->buffer = 0;
    reader->count = 0;
    return inflate_is_inside(reader);
}

#endif
