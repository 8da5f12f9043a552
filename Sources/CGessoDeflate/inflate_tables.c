// Builds the decoding tables of inflate_tables.h from code lengths.

#include "inflate_tables.h"

#include <string.h>

/// The next code of a length in bit-reversed order: adds one, counting from the highest bit down.
static unsigned next_reversed(unsigned code, unsigned length) {
    unsigned bit = 1u << (length - 1);
    while (code & bit) {
        code ^= bit;
        bit >>= 1;
    }
    return code | bit;
}

/// Sorts symbols by code length, then by value. Returns 0 if the lengths do not form a complete code.
static int sort_symbols(const uint8_t *lengths, unsigned count, unsigned counts[16], uint16_t *sorted) {
    unsigned offsets[16], used = 0;
    memset(counts, 0, 16 * sizeof *counts);
    for (unsigned i = 0; i < count; i++) counts[lengths[i]]++;
    counts[0] = 0;
    int32_t left = 1;
    for (unsigned length = 1; length < 16; length++) {
        offsets[length] = used;
        used += counts[length];
        left = left * 2 - (int32_t)counts[length];
        if (left < 0) return 0;
    }
    for (unsigned i = 0; i < count; i++)
        if (lengths[i]) sorted[offsets[lengths[i]]++] = (uint16_t)i;
    return left == 0;
}

/// The entry for a code of `length` bits; a literal's entry has the number 1, others the length of their code.
static inline uint32_t with_length(uint32_t entry, unsigned length) {
    return entry + ENTRY(length, entry & LITERAL_FLAG ? 1 : length, 0);
}

/// Fills a table of `bits` bits for a complete code. Short codes come first, and each doubling of the table copies its
/// content; codes longer than the index use second-level tables after it. `value` gives a symbol's entry with its
/// extra bits only.
static inline __attribute__((always_inline)) int fill(uint32_t *table, unsigned capacity, unsigned bits, const unsigned counts[16], const uint16_t *sorted,
                uint32_t (*value)(unsigned symbol)) {
    unsigned code = 0, size = 1, position = 0;
    for (unsigned length = 1; length <= bits; length++) {
        memcpy(table + size, table, size * sizeof *table);
        size *= 2;
        for (unsigned i = 0; i < counts[length]; i++) {
            table[code] = with_length(value(sorted[position++]), length);
            code = next_reversed(code, length);
        }
    }
    unsigned end = size, prefix = ~0u, start = 0, sub_bits = 0;
    for (unsigned length = bits + 1; length < 16; length++) {
        for (unsigned i = 0; i < counts[length]; i++) {
            unsigned head = code & (size - 1);
            if (head != prefix) {
                prefix = head;
                start = end;
                // As many bits as the longest code with this prefix needs.
                sub_bits = length - bits;
                unsigned room = 1u << sub_bits, taken = counts[length] - i;
                for (unsigned next = length; taken < room && next < 15;) {
                    next++;
                    sub_bits++;
                    room *= 2;
                    taken = taken * 2 + counts[next];
                }
                end += 1u << sub_bits;
                if (end > capacity) return 0;
                table[head] = ENTRY(bits, sub_bits, start) | SPECIAL_FLAG;
            }
            uint32_t entry = with_length(value(sorted[position++]), length - bits);
            for (unsigned at = code >> bits; at < 1u << sub_bits; at += 1u << (length - bits))
                table[start + at] = entry;
            code = next_reversed(code, length);
        }
    }
    return 1;
}

/// Whether two literals fit one index often enough to be worth joining, according to the probabilities of the code
/// lengths.
static int has_short_literals(const uint8_t *lengths) {
    uint32_t counts[16] = {0}, share = 0;
    for (unsigned i = 0; i < 256; i++) counts[lengths[i]]++;
    for (unsigned first = 1; first < LITERAL_BITS; first++)
        for (unsigned second = 1; first + second <= LITERAL_BITS; second++)
            share += counts[first] * counts[second] << (LITERAL_BITS - first - second);
    return share > (1u << LITERAL_BITS) / 8;
}

/// Joins two literals that fit one index. Goes from the end down, because each step reads an entry with a lower index,
/// which must not be joined yet.
static void join_literals(uint32_t *table) {
    for (unsigned index = (1u << LITERAL_BITS); index-- > 0;) {
        uint32_t first = table[index], second = table[index >> ENTRY_BITS(first)];
        unsigned used = ENTRY_BITS(first) + ENTRY_BITS(second);
        int fits = ((first & second & LITERAL_FLAG) != 0) & (used <= LITERAL_BITS);
        uint32_t joined = (first & 0xff0000) | (second & 0xff0000) << 8 | LITERAL_FLAG | ENTRY(used, 2, 0);
        table[index] = fits ? joined : first;
    }
}

/// RFC 1951, 3.2.5; 286 and 287 never occur.
static uint32_t literal_value(unsigned symbol) {
    static const uint16_t base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                      31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    if (symbol < 256) return LITERAL_FLAG | ENTRY(0, 0, symbol);
    if (symbol == 256) return END_ENTRY;
    return symbol < 286 ? ENTRY(extra[symbol - 257], 0, base[symbol - 257]) : INVALID_ENTRY;
}

/// RFC 1951, 3.2.5; 30 and 31 never occur.
static uint32_t distance_value(unsigned symbol) {
    if (symbol >= 30) return INVALID_ENTRY;
    unsigned extra = symbol < 2 ? 0 : symbol / 2 - 1;
    unsigned base = symbol < 2 ? symbol + 1 : ((2 + symbol % 2) << extra) + 1;
    return ENTRY(extra, 0, base);
}

static uint32_t length_code_value(unsigned symbol) { return ENTRY(0, 0, symbol); }

int gesso_inflate_build_literals(gesso_inflate_tables *tables, const uint8_t *lengths, unsigned count, int joins) {
    unsigned counts[16];
    uint16_t sorted[288];
    if (!lengths[256] || !sort_symbols(lengths, count, counts, sorted)) return 0;
    if (!fill(tables->literals, LITERAL_ENTRIES, LITERAL_BITS, counts, sorted, literal_value)) return 0;
    if (joins && has_short_literals(lengths)) join_literals(tables->literals);
    return 1;
}

int gesso_inflate_build_distances(gesso_inflate_tables *tables, const uint8_t *lengths, unsigned count) {
    unsigned counts[16];
    uint16_t sorted[32];
    if (sort_symbols(lengths, count, counts, sorted))
        return fill(tables->distances, DISTANCE_ENTRIES, DISTANCE_BITS, counts, sorted, distance_value);
    // No distance code, or a single one of one bit.
    unsigned used = 0;
    for (unsigned length = 1; length < 16; length++) used += counts[length];
    if (used > 1 || used != counts[1]) return 0;
    for (unsigned i = 0; i < 1 << DISTANCE_BITS; i++)
        tables->distances[i] = used && !(i & 1) ? with_length(distance_value(sorted[0]), 1) : INVALID_ENTRY;
    return 1;
}

int gesso_inflate_build_length_codes(gesso_inflate_tables *tables, const uint8_t *lengths) {
    unsigned counts[16];
    uint16_t sorted[19];
    return sort_symbols(lengths, 19, counts, sorted) &&
        fill(tables->length_codes, 1 << LENGTH_CODE_BITS, LENGTH_CODE_BITS, counts, sorted, length_code_value);
}
