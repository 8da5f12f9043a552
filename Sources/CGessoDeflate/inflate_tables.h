#ifndef GESSO_CODECS_INFLATE_TABLES_H
#define GESSO_CODECS_INFLATE_TABLES_H

#include <stdint.h>

// Decoding tables. An entry's lowest byte is the number of bits it uses up, so that it serves as a shift count as it
// stands. The high half is its value. Between them:
//
//   bit 15 set    literals: bits 8 and 9 how many, 1 or 2; the value is their bytes
//   bit 14 set    something special: the value is where a second table begins, indexed by as many bits as bits 8 to 13
//                 say; or one of the two below
//   neither       a length or distance: bits 8 to 13 say how many of the bits are the code's own, the rest being extra
//                 bits to be added to the value
//
// A literal entry holds two literals if both fit the table's index: photographs consist mostly of short literals.

#define LITERAL_BITS 11
#define DISTANCE_BITS 8
#define LENGTH_CODE_BITS 7

/// The size of the largest second-level tables: at most 2^(15 - bits) entries for each prefix of the longer codes, of
/// which a complete code has no more than these.
#define LITERAL_ENTRIES (2048 + 4096)
#define DISTANCE_ENTRIES (256 + 1024)

#define ENTRY(bits, own, value) ((uint32_t)(bits) | (uint32_t)(own) << 8 | (uint32_t)(value) << 16)
#define LITERAL_FLAG 0x8000u
#define SPECIAL_FLAG 0x4000u
#define END_ENTRY (SPECIAL_FLAG | 0u << 16)
#define INVALID_ENTRY (SPECIAL_FLAG | 1u << 16)

#define ENTRY_BITS(entry) ((uint8_t)(entry))
#define ENTRY_OWN(entry) ((entry) >> 8 & 63)
#define ENTRY_LITERALS(entry) ((entry) >> 8 & 3)
#define ENTRY_VALUE(entry) ((entry) >> 16)
#define IS_LITERAL(entry) ((entry) & LITERAL_FLAG)
#define IS_SPECIAL(entry) ((entry) & SPECIAL_FLAG)
// Special entries: second-level tables begin after the first-level table.
#define IS_SUBTABLE(entry) (ENTRY_VALUE(entry) > 1)
#define IS_END(entry) (ENTRY_VALUE(entry) == 0)

typedef struct {
    uint32_t literals[LITERAL_ENTRIES];
    uint32_t distances[DISTANCE_ENTRIES];
    uint32_t length_codes[1 << LENGTH_CODE_BITS];
    uint8_t lengths[288 + 32 + 138];
} gesso_inflate_tables;

/// Each returns 0 unless the code is complete, or is a distance code of no or one single-bit code (RFC 1951, 3.2.7).
/// `joins`: whether two literals may share an entry, which doubles the time and is worth it for long blocks only.
int gesso_inflate_build_literals(gesso_inflate_tables *tables, const uint8_t *lengths, unsigned count, int joins);
int gesso_inflate_build_distances(gesso_inflate_tables *tables, const uint8_t *lengths, unsigned count);
int gesso_inflate_build_length_codes(gesso_inflate_tables *tables, const uint8_t *lengths);

#endif
