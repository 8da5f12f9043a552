#ifndef GESSO_CODECS_DEFLATE_STATE_H
#define GESSO_CODECS_DEFLATE_STATE_H

#include "gesso_deflate.h"
#include "deflate_block.h"

enum {
    /// How far back a copy may reach.
    DEFLATE_HISTORY = 32768,
    /// What stands in front of new bytes: any place that the tables can name is readable.
    DEFLATE_BEHIND = 65536,
    /// Bytes compressed at once, and then the last block ends.
    DEFLATE_SEGMENT = 131072,
    /// Bytes after which a block may end, and costs are reckoned anew.
    DEFLATE_CHUNK = 16384,
    /// No copy shorter than six bytes is made.
    DEFLATE_STEPS_OF_CHUNK = DEFLATE_CHUNK / 6 + 2,
    DEFLATE_MOST_STEPS = 16384,
    DEFLATE_HASH_BITS = 14,
    /// Readable behind the last byte; zeros.
    DEFLATE_SLACK = 16,
};

struct gesso_deflate {
    deflate_writer writer;
    const uint8_t *start;
    uint32_t adler;
    gesso_deflate_search search;
    uint8_t *window;
    /// In the window: where the stream began, as long as that is within reach; what is compressed; what was taken.
    size_t origin, kept, filled;
    /// A candidate's distance that is always tried: rows repeat.
    size_t piece;
    /// What the window's first byte is in the stream, modulo 2^16.
    uint16_t base;
    /// The two last places of each six bytes, newest in the low half, and the last place of each sixteen bytes, by
    /// their hashes. Places are modulo 2^16 and may be outdated: bytes decide.
    uint32_t places[1 << DEFLATE_HASH_BITS];
    uint16_t far_places[1 << DEFLATE_HASH_BITS];
    /// For each place the one before it with the same hash.
    uint16_t earlier[1 << 16];
    /// The image shrinks so far that a deep search pays.
    int is_deep;

    // Costs are in sixteenths of a bit.
    int has_costs;
    uint16_t literal_costs[256], length_costs[DEFLATE_LONGEST + 1], distance_costs[DEFLATE_DISTANCES];
    uint16_t literal_sums[DEFLATE_CHUNK + DEFLATE_LONGEST + 1];
    uint8_t length_slots[DEFLATE_LONGEST + 1];

    /// The block so far, and behind it the chunk so far.
    deflate_counts block, chunk;
    uint64_t block_cost;
    size_t block_start, block_steps, chunk_start, step_count;
    /// How many bytes all blocks before this one hold.
    size_t written;
    deflate_step steps[DEFLATE_MOST_STEPS + DEFLATE_STEPS_OF_CHUNK];
};

/// Costs before anything is known: literals as in the bytes taken in, few copies.
void deflate_guess_costs(gesso_deflate *deflate);

/// Ends the chunk at `at`: it joins the block when that is cheaper than a block of its own.
void deflate_end_chunk(gesso_deflate *deflate, size_t at);

void deflate_end_block(gesso_deflate *deflate, int is_last);

/// Literals and copies from `at` on, for a chunk's bytes or to `end`; returns where they end.
size_t deflate_search_chunk(gesso_deflate *deflate, size_t at, size_t end);

#endif
