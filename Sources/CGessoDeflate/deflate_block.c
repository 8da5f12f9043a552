// Writes one block: stored, with the fixed codes or with codes of its own, whichever is shortest.

#include "deflate_block.h"

#include <string.h>

enum { STORED_MOST = 65535, PRE_SYMBOLS = 19 };

static uint32_t distance_base(unsigned slot) {
    unsigned extra = deflate_distance_extra(slot);
    return slot < 2 ? slot + 1 : (2u + (slot & 1)) * (1u << extra) + 1;
}

// MARK: Bits

static inline void store64(uint8_t *to, uint64_t word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(to, &word, 8);
}

/// At most 56 bits may be added between two flushes.
static inline void put(deflate_writer *writer, uint64_t value, unsigned count) {
    writer->bits |= value << writer->bit_count;
    writer->bit_count += count;
}

/// Writes the complete bytes; eight bytes must be writable.
static inline void flush(deflate_writer *writer) {
    store64(writer->next, writer->bits);
    writer->next += writer->bit_count >> 3;
    writer->bits >>= writer->bit_count & ~7u;
    writer->bit_count &= 7;
}

static void align(deflate_writer *writer) {
    writer->bit_count = (writer->bit_count + 7) & ~7u;
    flush(writer);
}

// MARK: Codes of a block

typedef struct {
    uint8_t lengths[288 + 32];
    unsigned length_count, distance_count;
    /// The run-length encoded code lengths: symbol in the low 5 bits, the run's extra bits above.
    uint16_t pre[288 + 32];
    unsigned pre_count, pre_lengths_count;
    uint8_t pre_lengths[PRE_SYMBOLS];
} block_codes;

static const uint8_t pre_order[PRE_SYMBOLS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

static unsigned pre_extra(unsigned symbol) { return symbol == 16 ? 2 : symbol == 17 ? 3 : symbol == 18 ? 7 : 0; }

/// Encodes code lengths: runs of zeros, and repetitions of the previous length (RFC 1951, 3.2.7).
static void code_the_lengths(block_codes *codes, const uint8_t *lengths, unsigned count, uint32_t pre_counts[]) {
    for (unsigned i = 0; i < count;) {
        unsigned run = 1;
        while (i + run < count && lengths[i + run] == lengths[i]) run++;
        i += run;
        unsigned length = lengths[i - 1];
        if (length) {
            codes->pre[codes->pre_count++] = (uint16_t)length;
            pre_counts[length]++;
            run--;
        }
        while (run >= 3) {
            unsigned most = length ? 6 : run > 10 ? 138 : 10, taken = run < most ? run : most;
            unsigned symbol = length ? 16 : run > 10 ? 18 : 17;
            codes->pre[codes->pre_count++] = (uint16_t)(symbol | (taken - (symbol == 18 ? 11 : 3)) << 5);
            pre_counts[symbol]++;
            run -= taken;
        }
        for (; run > 0; run--) {
            codes->pre[codes->pre_count++] = (uint16_t)length;
            pre_counts[length]++;
        }
    }
}

/// Returns the number of bits of the description.
static size_t make_codes(block_codes *codes, const deflate_counts *counts) {
    uint8_t distances[DEFLATE_DISTANCES];
    deflate_code_lengths(counts->lengths, DEFLATE_LENGTHS, 15, codes->lengths);
    deflate_code_lengths(counts->distances, DEFLATE_DISTANCES, 15, distances);
    codes->length_count = DEFLATE_LENGTHS;
    while (codes->length_count > 257 && !codes->lengths[codes->length_count - 1]) codes->length_count--;
    codes->distance_count = DEFLATE_DISTANCES;
    while (codes->distance_count > 1 && !distances[codes->distance_count - 1]) codes->distance_count--;
    memcpy(codes->lengths + codes->length_count, distances, codes->distance_count);
    uint32_t pre_counts[PRE_SYMBOLS] = {0};
    codes->pre_count = 0;
    code_the_lengths(codes, codes->lengths, codes->length_count + codes->distance_count, pre_counts);
    deflate_code_lengths(pre_counts, PRE_SYMBOLS, 7, codes->pre_lengths);
    codes->pre_lengths_count = PRE_SYMBOLS;
    while (codes->pre_lengths_count > 4 && !codes->pre_lengths[pre_order[codes->pre_lengths_count - 1]])
        codes->pre_lengths_count--;
    size_t bits = 14 + 3 * (size_t)codes->pre_lengths_count;
    for (unsigned symbol = 0; symbol < PRE_SYMBOLS; symbol++)
        bits += pre_counts[symbol] * (size_t)(codes->pre_lengths[symbol] + pre_extra(symbol));
    return bits;
}

/// The fixed codes, which need no description (RFC 1951, 3.2.6).
static void make_fixed_codes(block_codes *codes) {
    for (unsigned i = 0; i < 288; i++) codes->lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    memset(codes->lengths + 288, 5, 32);
    codes->length_count = 288;
    codes->distance_count = 32;
}

static size_t bits_of_steps(const block_codes *codes, const deflate_counts *counts) {
    size_t bits = 0;
    for (unsigned i = 0; i < DEFLATE_LENGTHS; i++) {
        unsigned extra = i > DEFLATE_END ? deflate_length_extra(i - DEFLATE_END - 1) : 0;
        if (counts->lengths[i]) bits += counts->lengths[i] * (size_t)(codes->lengths[i] + extra);
    }
    for (unsigned i = 0; i < DEFLATE_DISTANCES; i++)
        if (counts->distances[i])
            bits +=
                counts->distances[i] * (size_t)(codes->lengths[codes->length_count + i] + deflate_distance_extra(i));
    return bits;
}

// MARK: Writing

static void write_description(deflate_writer *writer, const block_codes *codes) {
    uint16_t pre_codes[PRE_SYMBOLS];
    deflate_codes(codes->pre_lengths, PRE_SYMBOLS, pre_codes);
    put(writer, codes->length_count - 257, 5);
    put(writer, codes->distance_count - 1, 5);
    put(writer, codes->pre_lengths_count - 4, 4);
    for (unsigned i = 0; i < codes->pre_lengths_count; i++) {
        flush(writer);
        put(writer, codes->pre_lengths[pre_order[i]], 3);
    }
    for (unsigned i = 0; i < codes->pre_count; i++) {
        unsigned symbol = codes->pre[i] & 31;
        flush(writer);
        put(writer, pre_codes[symbol], codes->pre_lengths[symbol]);
        put(writer, codes->pre[i] >> 5, pre_extra(symbol));
    }
    flush(writer);
}

/// Writes a code and its extra bits, at most 20 bits together.
typedef struct {
    uint32_t bits, count;
} word;

static void write_steps(deflate_writer *writer, const block_codes *codes, const uint8_t *bytes,
                        const deflate_step *steps, size_t step_count) {
    uint16_t length_codes[288], distance_codes[32];
    word literals[256], lengths[DEFLATE_LONGEST + 1];
    const uint8_t *distance_lengths = codes->lengths + codes->length_count;
    deflate_codes(codes->lengths, codes->length_count, length_codes);
    deflate_codes(distance_lengths, codes->distance_count, distance_codes);
    for (unsigned i = 0; i < 256; i++) literals[i] = (word){length_codes[i], codes->lengths[i]};
    unsigned within = 0;
    for (unsigned length = 3, last = 0; length <= DEFLATE_LONGEST; length++) {
        unsigned slot = deflate_length_slot(length), symbol = DEFLATE_END + 1 + slot;
        within = slot == last ? within + (length > 3) : 0;
        last = slot;
        if (symbol >= codes->length_count) continue;
        lengths[length] = (word){length_codes[symbol] | (uint32_t)within << codes->lengths[symbol],
                                 codes->lengths[symbol] + deflate_length_extra(slot)};
    }
    // A local copy of the writer, which the compiler can keep in registers.
    deflate_writer w = *writer;
    for (const deflate_step *step = steps; step < steps + step_count; step++) {
        const uint8_t *stop = bytes + step->literals;
        for (; stop - bytes >= 3; bytes += 3) {
            for (int i = 0; i < 3; i++) put(&w, literals[bytes[i]].bits, literals[bytes[i]].count);
            flush(&w);
        }
        for (; bytes < stop; bytes++) put(&w, literals[*bytes].bits, literals[*bytes].count);
        flush(&w);
        if (!step->length) continue;
        unsigned slot = deflate_distance_slot(step->distance);
        put(&w, lengths[step->length].bits, lengths[step->length].count);
        put(&w, distance_codes[slot], distance_lengths[slot]);
        put(&w, step->distance - distance_base(slot), deflate_distance_extra(slot));
        flush(&w);
        bytes += step->length;
    }
    put(&w, length_codes[DEFLATE_END], codes->lengths[DEFLATE_END]);
    flush(&w);
    *writer = w;
}

static void write_stored(deflate_writer *writer, const uint8_t *bytes, size_t count, int is_last) {
    do {
        size_t taken = count < STORED_MOST ? count : STORED_MOST;
        put(writer, is_last && taken == count, 3);
        align(writer);
        put(writer, taken | (~taken & 0xffff) << 16, 32);
        flush(writer);
        memcpy(writer->next, bytes, taken);
        writer->next += taken;
        bytes += taken;
        count -= taken;
    } while (count);
}

void deflate_write_block(deflate_writer *writer, const uint8_t *bytes, size_t count, const deflate_step *steps,
                         size_t step_count, const deflate_counts *counts, int is_last) {
    block_codes dynamic, fixed;
    size_t dynamic_bits = 3 + make_codes(&dynamic, counts);
    dynamic_bits += bits_of_steps(&dynamic, counts);
    make_fixed_codes(&fixed);
    size_t fixed_bits = 3 + bits_of_steps(&fixed, counts);
    size_t stored_bits = 8 * (count + 5 * (count / STORED_MOST + 1));
    size_t best = dynamic_bits < fixed_bits ? dynamic_bits : fixed_bits;
    if (stored_bits < best) best = stored_bits;
    // Flushing stores eight bytes at once.
    writer->is_full |= (size_t)(writer->end - writer->next) < best / 8 + 16;
    if (writer->is_full) return;
    if (best == stored_bits) return write_stored(writer, bytes, count, is_last);
    put(writer, (is_last ? 1 : 0) | (best == fixed_bits ? 2 : 4), 3);
    if (best != fixed_bits) write_description(writer, &dynamic);
    write_steps(writer, best == fixed_bits ? &fixed : &dynamic, bytes, steps, step_count);
}

void deflate_begin(deflate_writer *writer, uint8_t *to, size_t capacity) {
    *writer = (deflate_writer){to, to + capacity, 0, 0, capacity < 2 + 16};
    if (writer->is_full) return;
    // RFC 1950: deflate, a window of 32 KiB, no dictionary.
    put(writer, 0x5e78, 16);
    flush(writer);
}

int deflate_end(deflate_writer *writer, uint32_t adler) {
    writer->is_full |= writer->end - writer->next < 16;
    if (writer->is_full) return 0;
    align(writer);
    put(writer, __builtin_bswap32(adler), 32);
    flush(writer);
    return 1;
}
