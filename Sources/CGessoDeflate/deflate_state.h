// The state of the compressor, shared by its files.

#ifndef GESSO_CODECS_DEFLATE_STATE_H
#define GESSO_CODECS_DEFLATE_STATE_H

#include "gesso_deflate.h"
#include "deflate_block.h"

enum {
    /// The largest distance of a match.
    DEFLATE_HISTORY = 32768,
    /// The space before new bytes, so that every position in the tables can be read.
    DEFLATE_BEHIND = 65536,
    /// The number of bytes compressed at a time; a block ends after them.
    DEFLATE_SEGMENT = 131072,
    /// The number of bytes after which a block may end and costs are updated.
    DEFLATE_CHUNK = 16384,
    /// The shortest match is six bytes.
    DEFLATE_STEPS_OF_CHUNK = DEFLATE_CHUNK / 6 + 2,
    DEFLATE_MOST_STEPS = 16384,
    DEFLATE_HASH_BITS = 14,
    /// The number of zero bytes after the last byte, which may be read.
    DEFLATE_SLACK = 16,
};

struct gesso_deflate {
    deflate_writer writer;
    const uint8_t *start;
    uint32_t adler;
    gesso_deflate_search search;
    uint8_t *window;
    /// Positions in the window: the start of the stream if still in reach, the compressed bytes, the added bytes.
    size_t origin, kept, filled;
    /// A distance that is always tried, because rows repeat.
    size_t piece;
    /// The position in the stream of the window's first byte, modulo 2^16.
    uint16_t base;
    /// Hash tables: the last two positions of each six bytes, with the newest in the low half, and the last position
    /// of each sixteen bytes. Positions are modulo 2^16 and may be outdated, so the bytes are compared.
    uint32_t places[1 << DEFLATE_HASH_BITS];
    uint16_t far_places[1 << DEFLATE_HASH_BITS];
    /// For each position, the previous one with the same hash.
    uint16_t earlier[1 << 16];
    /// Whether the data compresses so well that a deep search is worth its time.
    int is_deep;

    // Costs are in sixteenths of a bit.
    int has_costs;
    uint16_t literal_costs[256], length_costs[DEFLATE_LONGEST + 1], distance_costs[DEFLATE_DISTANCES];
    uint16_t literal_sums[DEFLATE_CHUNK + DEFLATE_LONGEST + 1];
    uint8_t length_slots[DEFLATE_LONGEST + 1];

    /// The current block, followed by the current chunk.
    deflate_counts block, chunk;
    uint64_t block_cost;
    size_t block_start, block_steps, chunk_start, step_count;
    /// The number of bytes in all previous blocks.
    size_t written;
    deflate_step steps[DEFLATE_MOST_STEPS + DEFLATE_STEPS_OF_CHUNK];
};

/// Initial costs: literals according to the bytes added so far, few matches.
void deflate_guess_costs(gesso_deflate *deflate);

/// Ends the chunk at `at` and adds it to the block, unless a new block is cheaper.
void deflate_end_chunk(gesso_deflate *deflate, size_t at);

void deflate_end_block(gesso_deflate *deflate, int is_last);

/// Searches literals and matches from `at` on, for one chunk or to `end`; returns where they end.
size_t deflate_search_chunk(gesso_deflate *deflate, size_t at, size_t end);

#endif
