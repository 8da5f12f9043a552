#include "inflate.h"

#include "inflate_tables.h"

#include <gesso_simd.h>
#include <libdeflate.h>
#include <string.h>

/// Input must stay readable this far ahead of where decoding stands.
#define AHEAD 16
/// Bytes that may be given back after they were loaded.
#define UNREAD 8
#define BRIDGE 64

/// The stream's bytes: the chunk being read, or a bridge from the end of one into the next.
typedef struct {
    const uint8_t *in, *end;
    /// The chunk being read or bridged to, and how many follow.
    const uint8_t *body;
    size_t length, chunks_left;
    /// How many bytes at the bridge's start are from earlier chunks; in a chunk itself, 0.
    size_t bridged;
    /// The stream's rest is in the bridge, `bridged` bytes followed by nothing but zeros.
    int is_last;
    uint64_t buffer;
    unsigned count;
    uint8_t bridge[UNREAD + AHEAD + 2 * BRIDGE];
} bit_reader;

static size_t chunk_length(const uint8_t *body) {
    const uint8_t *field = body - 8;
    return (size_t)field[0] << 24 | (size_t)field[1] << 16 | (size_t)field[2] << 8 | field[3];
}

/// Ends the bridge with the stream's last bytes and zeros.
static void end_bridge(bit_reader *reader, size_t filled) {
    memset(reader->bridge + filled, 0, BRIDGE);
    reader->bridged = filled;
    reader->is_last = 1;
    reader->end = reader->bridge + filled + BRIDGE;
}

/// Makes AHEAD bytes readable; 0 when the stream has been left behind.
static int advance(bit_reader *reader) {
    if (reader->is_last) return 0;
    if (reader->bridged) {
        // Over the bridge, and so far that unread bytes are still in the chunk.
        reader->in = reader->body + (reader->in - (reader->bridge + reader->bridged));
        reader->end = reader->body + reader->length;
        reader->bridged = 0;
        if (reader->end - reader->in >= AHEAD) return 1;
    }
    size_t rest = (size_t)(reader->end - reader->in), before = (size_t)(reader->in - reader->body);
    if (before > UNREAD) before = UNREAD;
    memcpy(reader->bridge, reader->in - before, before + rest);
    reader->in = reader->bridge + before;
    size_t filled = before + rest;
    if (reader->chunks_left == 0) {
        end_bridge(reader, filled);
        return 1;
    }
    reader->body += reader->length + 12;
    reader->length = chunk_length(reader->body);
    reader->chunks_left--;
    size_t copied = reader->length < BRIDGE ? reader->length : BRIDGE;
    memcpy(reader->bridge + filled, reader->body, copied);
    if (copied < BRIDGE) {
        // Short chunks that are not the last are left to others.
        if (reader->chunks_left) return 0;
        end_bridge(reader, filled + copied);
        return 1;
    }
    reader->bridged = filled;
    reader->end = reader->bridge + filled + UNREAD + AHEAD;
    return 1;
}

static inline __attribute__((always_inline)) uint64_t load64(const uint8_t *from) {
    uint64_t word;
    memcpy(&word, from, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline __attribute__((always_inline)) void store64(uint8_t *to, uint64_t word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(to, &word, 8);
}

/// At least 56 bits; bytes may be loaded twice, to the same effect.
static inline __attribute__((always_inline)) void refill(bit_reader *reader) {
    reader->buffer |= load64(reader->in) << reader->count;
    reader->in += (63 - reader->count) >> 3;
    reader->count |= 56;
}

static inline __attribute__((always_inline)) uint32_t take(bit_reader *reader, unsigned bits) {
    uint32_t value = (uint32_t)(reader->buffer & ((1ull << bits) - 1));
    reader->buffer >>= bits;
    reader->count -= bits;
    return value;
}

static inline __attribute__((always_inline)) int need(bit_reader *reader) {
    if (reader->end - reader->in < AHEAD && !advance(reader)) return 0;
    refill(reader);
    return 1;
}

/// Whether no bit behind the stream's end was used.
static int is_inside(const bit_reader *reader) {
    if (!reader->is_last) return 1;
    size_t used = (size_t)(reader->in - reader->bridge) * 8 - reader->count;
    return used <= reader->bridged * 8;
}

/// RFC 1951, 3.2.7.
static int read_codes(bit_reader *reader, gesso_inflate_tables *tables) {
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    if (!need(reader)) return 0;
    unsigned literals = take(reader, 5) + 257, distances = take(reader, 5) + 1, codes = take(reader, 4) + 4;
    if (literals > 286 || distances > 30) return 0;
    uint8_t code_lengths[19] = {0};
    for (unsigned i = 0; i < codes; i++) {
        if (i % 12 == 0 && !need(reader)) return 0;
        code_lengths[order[i]] = (uint8_t)take(reader, 3);
    }
    if (!gesso_inflate_build_length_codes(tables, code_lengths)) return 0;
    unsigned at = 0, total = literals + distances;
    while (at < total) {
        if (!need(reader)) return 0;
        uint32_t entry = tables->length_codes[reader->buffer & ((1 << LENGTH_CODE_BITS) - 1)];
        take(reader, ENTRY_BITS(entry));
        unsigned symbol = ENTRY_VALUE(entry), repeat;
        if (symbol < 16) {
            tables->lengths[at++] = (uint8_t)symbol;
            continue;
        }
        uint8_t value = 0;
        if (symbol == 16) {
            if (at == 0) return 0;
            value = tables->lengths[at - 1];
            repeat = take(reader, 2) + 3;
        } else {
            repeat = symbol == 17 ? take(reader, 3) + 3 : take(reader, 7) + 11;
        }
        if (repeat > total - at) return 0;
        memset(tables->lengths + at, value, repeat);
        at += repeat;
    }
    return gesso_inflate_build_literals(tables, tables->lengths, literals) &&
        gesso_inflate_build_distances(tables, tables->lengths + literals, distances);
}

/// RFC 1951, 3.2.6.
static int make_fixed_codes(gesso_inflate_tables *tables) {
    memset(tables->lengths, 8, 144);
    memset(tables->lengths + 144, 9, 112);
    memset(tables->lengths + 256, 7, 24);
    memset(tables->lengths + 280, 8, 8);
    memset(tables->lengths + 288, 5, 32);
    return gesso_inflate_build_literals(tables, tables->lengths, 288) &&
        gesso_inflate_build_distances(tables, tables->lengths + 288, 32);
}

/// Writes up to 24 bytes more than `length`.
static inline __attribute__((always_inline)) void copy_match(uint8_t *to, size_t distance, size_t length) {
    const uint8_t *from = to - distance, *end = to + length;
    if (distance >= 8) {
        // Most matches end here, without a branch to be guessed.
        memcpy(to, from, 8);
        memcpy(to + 8, from + 8, 8);
        memcpy(to + 16, from + 16, 8);
        for (to += 24, from += 24; __builtin_expect(to < end, 0); to += 8, from += 8) memcpy(to, from, 8);
        return;
    }
    // The pattern of `distance` bytes, repeated to fill a word, by a multiplication without carries.
    static const uint64_t repeats[8] = {0, 0x0101010101010101, 0x0001000100010001, 0x0001000001000001, 0x0000000100000001,
                                        0x0000010000000001, 0x0001000000000001, 0x0100000000000001};
    static const uint8_t steps[8] = {0, 8, 8, 6, 8, 5, 6, 7};
    uint64_t word = (load64(from) & ((1ull << (8 * distance)) - 1)) * repeats[distance];
    for (size_t step = steps[distance]; to < end; to += step) store64(to, word);
}

typedef struct {
    uint8_t *out, *end;
    const uint8_t *start;
} byte_writer;

// `count` is exact in its lowest byte only: entries are subtracted whole.
#define REFILL                                                                                                       \
    do {                                                                                                             \
        buffer |= load64(in) << (uint8_t)count;                                                                      \
        in += (63 - (uint8_t)count) >> 3;                                                                            \
        count = (uint8_t)count | 56;                                                                                 \
    } while (0)

#define USE(entry)                                                                                                   \
    do {                                                                                                             \
        buffer >>= ENTRY_BITS(entry);                                                                                \
        count -= (entry);                                                                                            \
    } while (0)

#define LOW(bits) (buffer & ((1ull << (bits)) - 1))
/// The extra bits that follow an entry's code.
#define EXTRA(before, entry) (((before) & ((1ull << ENTRY_BITS(entry)) - 1)) >> ENTRY_OWN(entry))

/// Writes an entry's literals (two bytes are stored whatever their number) and looks up the next.
#define PUT_LITERALS                                                                                                 \
    do {                                                                                                             \
        uint16_t text = (uint16_t)(entry >> 16);                                                                     \
        USE(entry);                                                                                                  \
        unsigned literal_count = ENTRY_LITERALS(entry);                                                              \
        entry = literals[LOW(LITERAL_BITS)];                                                                         \
        out[0] = (uint8_t)text;                                                                                      \
        out[1] = (uint8_t)(text >> 8);                                                                               \
        out += literal_count;                                                                                        \
    } while (0)

/// One block of Huffman codes, with the reader's state in locals: stores through `out` could change anything else.
static inline __attribute__((always_inline)) int
read_block_inline(bit_reader *reader, byte_writer *writer, const gesso_inflate_tables *tables) {
    if (!need(reader)) return 0;
    const uint8_t *in = reader->in, *end = reader->end, *start = writer->start;
    uint8_t *out = writer->out, *const limit = writer->end;
    // Beyond this, room is counted byte by byte.
    const uint8_t *const safe = limit - start < 16 ? start - 1 : limit - 16;
    uint64_t buffer = reader->buffer;
    unsigned count = reader->count;
    const uint32_t *literals = tables->literals, *distances = tables->distances;
    uint32_t entry = literals[LOW(LITERAL_BITS)];
    for (;;) {
        // Enough for both refills of a round.
        if (__builtin_expect(end - in < AHEAD, 0)) {
            reader->in = in;
            if (!advance(reader)) return 0;
            in = reader->in;
            end = reader->end;
        }
        // The entry was looked up from what the buffer had before, so that nothing waits for this.
        REFILL;
        if (IS_LITERAL(entry)) {
            if (__builtin_expect(out > safe, 0)) {
                if (limit - out < (ptrdiff_t)ENTRY_LITERALS(entry)) return 0;
                PUT_LITERALS;
                continue;
            }
            // Four lookups use at most 44 of the buffer's 64 bits, three and a length with its extra bits 53.
            PUT_LITERALS;
            if (IS_LITERAL(entry)) {
                PUT_LITERALS;
                if (IS_LITERAL(entry)) {
                    PUT_LITERALS;
                    if (IS_LITERAL(entry)) {
                        PUT_LITERALS;
                        continue;
                    }
                }
            }
        }
        if (__builtin_expect(IS_SPECIAL(entry), 0)) {
            if (!IS_SUBTABLE(entry)) break;
            USE(entry);
            entry = literals[ENTRY_VALUE(entry) + LOW(ENTRY_OWN(entry))];
            if (IS_LITERAL(entry)) {
                if (out == limit) return 0;
                PUT_LITERALS;
                continue;
            }
            if (IS_SPECIAL(entry)) break;
        }
        uint64_t before = buffer;
        USE(entry);
        size_t length = ENTRY_VALUE(entry) + EXTRA(before, entry);
        entry = distances[LOW(DISTANCE_BITS)];
        REFILL;
        if (__builtin_expect(IS_SPECIAL(entry), 0)) {
            if (!IS_SUBTABLE(entry)) return 0;
            USE(entry);
            entry = distances[ENTRY_VALUE(entry) + LOW(ENTRY_OWN(entry))];
            if (IS_SPECIAL(entry)) return 0;
        }
        before = buffer;
        USE(entry);
        size_t distance = ENTRY_VALUE(entry) + EXTRA(before, entry);
        entry = literals[LOW(LITERAL_BITS)];
        if (distance > (size_t)(out - start) || length > (size_t)(limit - out)) return 0;
        copy_match(out, distance, length);
        out += length;
    }
    USE(entry);
    reader->in = in;
    reader->buffer = buffer;
    reader->count = (uint8_t)count;
    writer->out = out;
    return IS_END(entry);
}

static int read_block_plain(bit_reader *reader, byte_writer *writer, const gesso_inflate_tables *tables) {
    return read_block_inline(reader, writer, tables);
}

#if defined(__x86_64__)
__attribute__((target("bmi,bmi2"))) static int read_block_bmi2(bit_reader *reader, byte_writer *writer,
                                                               const gesso_inflate_tables *tables) {
    return read_block_inline(reader, writer, tables);
}
#endif

/// Goes back to whole bytes: what was loaded and not used is unread.
static int align(bit_reader *reader) {
    take(reader, reader->count & 7);
    reader->in -= reader->count / 8;
    reader->buffer = 0;
    reader->count = 0;
    return is_inside(reader);
}

/// RFC 1951, 3.2.4.
static int read_stored(bit_reader *reader, byte_writer *writer) {
    if (!align(reader) || !need(reader)) return 0;
    unsigned length = take(reader, 16), check = take(reader, 16);
    if ((length ^ check) != 0xffff || length > (size_t)(writer->end - writer->out)) return 0;
    if (!align(reader)) return 0;
    while (length > 0) {
        if (reader->end - reader->in < AHEAD && !advance(reader)) return 0;
        size_t part = (size_t)(reader->end - reader->in) - (AHEAD - 1);
        if (part > length) part = length;
        memcpy(writer->out, reader->in, part);
        reader->in += part;
        writer->out += part;
        length -= (unsigned)part;
    }
    return is_inside(reader);
}

/// Blocks between two looks at the watch: as short as blocks can be, that is a millisecond.
#define BLOCKS_A_LOOK 64

static int read_blocks(bit_reader *reader, byte_writer *writer, gesso_inflate_tables *tables,
                       const gesso_watch_run *watch) {
    int (*read_block)(bit_reader *, byte_writer *, const gesso_inflate_tables *) = read_block_plain;
#if defined(__x86_64__)
    // Every machine with AVX2 has BMI2 too; asked for all the same.
    if (gesso_simd_level() >= GESSO_SIMD_AVX2 && __builtin_cpu_supports("bmi2")) read_block = read_block_bmi2;
#endif
    unsigned blocks = 0;
    for (int is_final = 0; !is_final;) {
        if (blocks++ % BLOCKS_A_LOOK == 0 && gesso_watch_check(watch) != GESSO_CODEC_OK) return 0;
        if (!need(reader)) return 0;
        is_final = (int)take(reader, 1);
        switch (take(reader, 2)) {
        case 0:
            if (!read_stored(reader, writer)) return 0;
            break;
        case 1:
            if (!make_fixed_codes(tables) || !read_block(reader, writer, tables)) return 0;
            break;
        case 2:
            if (!read_codes(reader, tables) || !read_block(reader, writer, tables)) return 0;
            break;
        default: return 0;
        }
        if (!is_inside(reader)) return 0;
    }
    return 1;
}

int gesso_inflate_chunks(const uint8_t *first, size_t piece_count, uint8_t *output, size_t count,
                         const gesso_watch_run *watch) {
    gesso_inflate_tables tables;
    bit_reader reader = {.in = first, .body = first, .length = chunk_length(first), .chunks_left = piece_count - 1};
    reader.end = first + reader.length;
    byte_writer writer = {output, output + count, output};
    if (!need(&reader)) return 0;
    unsigned method = take(&reader, 8), flags = take(&reader, 8);
    // RFC 1950, 2.2: deflate, a window of at most 32 KiB, no preset dictionary.
    if ((method & 15) != 8 || method >> 4 > 7 || flags & 0x20 || (method << 8 | flags) % 31) return 0;
    // A window smaller than the picture would have to be held against every distance.
    if (method >> 4 < 7 && count > (size_t)1 << ((method >> 4) + 8)) return 0;
    if (!read_blocks(&reader, &writer, &tables, watch) || writer.out != writer.end) return 0;
    if (!align(&reader) || !need(&reader)) return 0;
    uint32_t stated = __builtin_bswap32(take(&reader, 32));
    return is_inside(&reader) && stated == libdeflate_adler32(1, output, count);
}
