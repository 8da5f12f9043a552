// Decompresses a stream block by block.

#include "inflate_input.h"
#include "inflate_tables.h"

#include <gesso_simd.h>
#include <libdeflate.h>

/// RFC 1951, 3.2.7.
static int read_codes(inflate_reader *reader, gesso_inflate_tables *tables, int joins) {
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    if (!inflate_need(reader)) return 0;
    unsigned literals = inflate_take(reader, 5) + 257, distances = inflate_take(reader, 5) + 1, codes = inflate_take(reader, 4) + 4;
    if (literals > 286 || distances > 30) return 0;
    uint8_t code_lengths[19] = {0};
    for (unsigned i = 0; i < codes; i++) {
        if (i % 12 == 0 && !inflate_need(reader)) return 0;
        code_lengths[order[i]] = (uint8_t)inflate_take(reader, 3);
    }
    if (!gesso_inflate_build_length_codes(tables, code_lengths)) return 0;
    unsigned at = 0, total = literals + distances;
    while (at < total) {
        if (!inflate_need(reader)) return 0;
        uint32_t entry = tables->length_codes[reader->buffer & ((1 << LENGTH_CODE_BITS) - 1)];
        inflate_take(reader, ENTRY_BITS(entry));
        unsigned symbol = ENTRY_VALUE(entry), repeat;
        if (symbol < 16) {
            tables->lengths[at++] = (uint8_t)symbol;
            continue;
        }
        uint8_t value = 0;
        if (symbol == 16) {
            if (at == 0) return 0;
            value = tables->lengths[at - 1];
            repeat = inflate_take(reader, 2) + 3;
        } else {
            repeat = symbol == 17 ? inflate_take(reader, 3) + 3 : inflate_take(reader, 7) + 11;
        }
        if (repeat > total - at) return 0;
        memset(tables->lengths + at, value, repeat);
        at += repeat;
    }
    return gesso_inflate_build_literals(tables, tables->lengths, literals, joins) &&
        gesso_inflate_build_distances(tables, tables->lengths + literals, distances);
}

/// RFC 1951, 3.2.6.
static int make_fixed_codes(gesso_inflate_tables *tables) {
    memset(tables->lengths, 8, 144);
    memset(tables->lengths + 144, 9, 112);
    memset(tables->lengths + 256, 7, 24);
    memset(tables->lengths + 280, 8, 8);
    memset(tables->lengths + 288, 5, 32);
    return gesso_inflate_build_literals(tables, tables->lengths, 288, 0) &&
        gesso_inflate_build_distances(tables, tables->lengths + 288, 32);
}

static inline __attribute__((always_inline)) void store64(uint8_t *to, uint64_t word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(to, &word, 8);
}

/// May write up to 24 bytes more than `length`.
static inline __attribute__((always_inline)) void copy_match(uint8_t *to, size_t distance, size_t length) {
    const uint8_t *from = to - distance, *end = to + length;
    if (distance >= 8) {
        // Most matches end here, without a branch to predict.
        memcpy(to, from, 8);
        memcpy(to + 8, from + 8, 8);
        memcpy(to + 16, from + 16, 8);
        for (to += 24, from += 24; __builtin_expect(to < end, 0); to += 8, from += 8) memcpy(to, from, 8);
        return;
    }
    // Repeats the pattern of `distance` bytes over a word by a carry-free multiplication.
    static const uint64_t repeats[8] = {0, 0x0101010101010101, 0x0001000100010001, 0x0001000001000001, 0x0000000100000001,
                                        0x0000010000000001, 0x0001000000000001, 0x0100000000000001};
    static const uint8_t steps[8] = {0, 8, 8, 6, 8, 5, 6, 7};
    uint64_t word = (inflate_load64(from) & ((1ull << (8 * distance)) - 1)) * repeats[distance];
    for (size_t step = steps[distance]; to < end; to += step) store64(to, word);
}

typedef struct {
    uint8_t *out, *end;
    const uint8_t *start;
} byte_writer;

// Only the lowest byte of `count` is exact, because whole entries are subtracted.
#define REFILL                                                                                                       \
    do {                                                                                                             \
        buffer |= inflate_load64(in) << (uint8_t)count;                                                                      \
        in += (63 - (uint8_t)count) >> 3;                                                                            \
        count = (uint8_t)count | 56;                                                                                 \
    } while (0)

#define USE(entry)                                                                                                   \
    do {                                                                                                             \
        buffer >>= ENTRY_BITS(entry);                                                                                \
        count -= (entry);                                                                                            \
    } while (0)

#define LOW(bits) (buffer & ((1ull << (bits)) - 1))
/// The value of the extra bits that follow an entry's code.
#define EXTRA(before, entry) (((before) & ((1ull << ENTRY_BITS(entry)) - 1)) >> ENTRY_OWN(entry))

/// Writes an entry's literals (always two bytes) and looks up the next entry.
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

/// Decodes one block of Huffman codes. The reader's state is copied to locals, because stores through `out` could
/// alias it.
static inline __attribute__((always_inline)) int
read_block_inline(inflate_reader *reader, byte_writer *writer, const gesso_inflate_tables *tables) {
    if (!inflate_need(reader)) return 0;
    const uint8_t *in = reader->in, *end = reader->end, *start = writer->start;
    uint8_t *out = writer->out, *const limit = writer->end;
    // After this point, the space is checked for each byte.
    const uint8_t *const safe = limit - start < 16 ? start - 1 : limit - 16;
    uint64_t buffer = reader->buffer;
    unsigned count = reader->count;
    const uint32_t *literals = tables->literals, *distances = tables->distances;
    uint32_t entry = literals[LOW(LITERAL_BITS)];
    for (;;) {
        // Enough input for both refills of an iteration.
        if (__builtin_expect(end - in < INFLATE_AHEAD, 0)) {
            reader->in = in;
            if (!inflate_advance(reader)) return 0;
            in = reader->in;
            end = reader->end;
        }
        // The entry was looked up before the refill, so the lookup does not wait for it.
        REFILL;
        if (IS_LITERAL(entry)) {
            if (__builtin_expect(out > safe, 0)) {
                if (limit - out < (ptrdiff_t)ENTRY_LITERALS(entry)) return 0;
                PUT_LITERALS;
                continue;
            }
            // Four lookups use at most 44 of the buffer's 64 bits; three and a length with its extra bits use 53.
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

static int read_block_plain(inflate_reader *reader, byte_writer *writer, const gesso_inflate_tables *tables) {
    return read_block_inline(reader, writer, tables);
}

#if defined(__x86_64__)
__attribute__((target("bmi,bmi2"))) static int read_block_bmi2(inflate_reader *reader, byte_writer *writer,
                                                               const gesso_inflate_tables *tables) {
    return read_block_inline(reader, writer, tables);
}
#endif

/// RFC 1951, 3.2.4.
static int read_stored(inflate_reader *reader, byte_writer *writer) {
    if (!inflate_align(reader) || !inflate_need(reader)) return 0;
    unsigned length = inflate_take(reader, 16), check = inflate_take(reader, 16);
    if ((length ^ check) != 0xffff || length > (size_t)(writer->end - writer->out)) return 0;
    if (!inflate_align(reader)) return 0;
    while (length > 0) {
        if (reader->end - reader->in < INFLATE_AHEAD && !inflate_advance(reader)) return 0;
        size_t part = (size_t)(reader->end - reader->in) - (INFLATE_AHEAD - 1);
        if (part > length) part = length;
        memcpy(writer->out, reader->in, part);
        reader->in += part;
        writer->out += part;
        length -= (unsigned)part;
    }
    return inflate_is_inside(reader);
}

/// The amount of input that may give no output, and the share of the output that may be added to it. Encoders do not
/// write longer streams, and without a limit the time would be unbounded.
enum { IDLE_INPUT = 2 * INFLATE_SLICE, OUTPUT_PER_IDLE = 8 };

static int is_idle(const inflate_reader *reader, const byte_writer *writer) {
    size_t written = (size_t)(writer->out - writer->start);
    return reader->taken > IDLE_INPUT + (uint64_t)written + written / OUTPUT_PER_IDLE;
}

/// The number of blocks between two calls of `should_stop`; for the shortest blocks a millisecond.
enum { BLOCKS_PER_STOP = 64 };

typedef struct {
    gesso_inflate_tables fixed, dynamic;
    int has_fixed;
} block_tables;

/// A block's literals are joined only if the previous block had at least this much output.
enum { LONG_BLOCK = 2048 };

static int read_blocks(inflate_reader *reader, byte_writer *writer, block_tables *tables) {
    const gesso_inflate_source *source = reader->source;
    int (*read_block)(inflate_reader *, byte_writer *, const gesso_inflate_tables *) = read_block_plain;
#if defined(__x86_64__)
    // Some machines with AVX2 lack BMI2.
    if (gesso_simd_level() >= GESSO_SIMD_AVX2 && __builtin_cpu_supports("bmi2")) read_block = read_block_bmi2;
#endif
    unsigned blocks = 0;
    int joins = 1;
    for (int is_final = 0; !is_final;) {
        if (blocks++ % BLOCKS_PER_STOP == 0 && source->should_stop && source->should_stop(source->context)) return 0;
        if (is_idle(reader, writer) || !inflate_need(reader)) return 0;
        const uint8_t *before = writer->out;
        is_final = (int)inflate_take(reader, 1);
        switch (inflate_take(reader, 2)) {
        case 0:
            if (!read_stored(reader, writer)) return 0;
            break;
        case 1:
            if (!tables->has_fixed && !make_fixed_codes(&tables->fixed)) return 0;
            tables->has_fixed = 1;
            if (!read_block(reader, writer, &tables->fixed)) return 0;
            break;
        case 2:
            if (!read_codes(reader, &tables->dynamic, joins) || !read_block(reader, writer, &tables->dynamic)) return 0;
            break;
        default: return 0;
        }
        if (!inflate_is_inside(reader)) return 0;
        joins = writer->out - before >= LONG_BLOCK;
    }
    return 1;
}

int gesso_inflate(const gesso_inflate_source *source, uint8_t *output, size_t count) {
    block_tables tables;
    tables.has_fixed = 0;
    inflate_reader reader;
    inflate_start(&reader, source);
    byte_writer writer = {output, output + count, output};
    if (!inflate_need(&reader)) return 0;
    unsigned method = inflate_take(&reader, 8), flags = inflate_take(&reader, 8);
    // RFC 1950, 2.2: deflate, a window of at most 32 KiB, no preset dictionary.
    if ((method & 15) != 8 || method >> 4 > 7 || flags & 0x20 || (method << 8 | flags) % 31) return 0;
    // Distances are not checked against the window size: it must be larger than the output.
    if (method >> 4 < 7 && count > (size_t)1 << ((method >> 4) + 8)) return 0;
    if (!read_blocks(&reader, &writer, &tables) || writer.out != writer.end) return 0;
    if (!inflate_align(&reader) || !inflate_need(&reader)) return 0;
    uint32_t stated = __builtin_bswap32(inflate_take(&reader, 32));
    return inflate_is_inside(&reader) && stated == libdeflate_adler32(1, output, count);
}
