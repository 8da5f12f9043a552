// Estimates what literals and matches cost in bits, and decides where blocks end.

#include "deflate_state.h"

#include <string.h>

enum {
    BIT = 16,
    DEAREST = 15 * BIT,
    /// The estimated cost of a block's description.
    DESCRIPTION = 900 * BIT,
    /// Data is treated as a graphic if one compressed byte stands for this many.
    GRAPHIC = 24,
};

/// 16 · log2, accurate to about a sixteenth; integers only, so it is the same on every machine.
static uint32_t logarithm(uint32_t x) {
    unsigned top = 31 - (unsigned)__builtin_clz(x);
    uint64_t part = ((uint64_t)x << 16 >> top) & 0xffff;
    // log2(1 + p) is nearly p + 0.346 p (1 - p).
    part += (part * (65536 - part) >> 16) * 22700 >> 16;
    return top * BIT + (uint32_t)((part + 2048) >> 12);
}

static uint32_t total(const uint32_t *counts, unsigned count) {
    uint32_t sum = 0;
    for (unsigned i = 0; i < count; i++) sum += counts[i];
    return sum;
}

static uint64_t cost_of(const uint32_t *counts, unsigned count) {
    uint64_t cost = 0;
    uint32_t all = logarithm(total(counts, count) | 1);
    for (unsigned i = 0; i < count; i++)
        if (counts[i]) cost += (uint64_t)counts[i] * (all - logarithm(counts[i]));
    return cost;
}

/// Without extra bits, which are the same for every division into blocks.
static uint64_t cost_of_block(const deflate_counts *counts) {
    return cost_of(counts->lengths, DEFLATE_LENGTHS) + cost_of(counts->distances, DEFLATE_DISTANCES) + DESCRIPTION;
}

/// A symbol that has not occurred counts as half an occurrence.
static uint16_t cost_in(uint32_t all, uint32_t count) {
    uint32_t cost = all - logarithm(2 * count + 1);
    return (uint16_t)(cost < BIT ? BIT : cost > DEAREST ? DEAREST : cost);
}

static void set_costs(gesso_deflate *deflate, const deflate_counts *counts) {
    uint32_t all = logarithm(2 * total(counts->lengths, DEFLATE_LENGTHS) + DEFLATE_LENGTHS);
    for (unsigned i = 0; i < 256; i++) deflate->literal_costs[i] = cost_in(all, counts->lengths[i]);
    uint16_t of_slot[DEFLATE_LENGTHS - DEFLATE_END - 1];
    for (unsigned slot = 0; slot < DEFLATE_LENGTHS - DEFLATE_END - 1; slot++)
        of_slot[slot] =
            (uint16_t)(cost_in(all, counts->lengths[DEFLATE_END + 1 + slot]) + BIT * deflate_length_extra(slot));
    for (unsigned length = 3; length <= DEFLATE_LONGEST; length++)
        deflate->length_costs[length] = of_slot[deflate->length_slots[length]];
    all = logarithm(2 * total(counts->distances, DEFLATE_DISTANCES) + DEFLATE_DISTANCES);
    for (unsigned slot = 0; slot < DEFLATE_DISTANCES; slot++)
        deflate->distance_costs[slot] =
            (uint16_t)(cost_in(all, counts->distances[slot]) + BIT * deflate_distance_extra(slot));
}

void deflate_guess_costs(gesso_deflate *deflate) {
    deflate_counts counts = {{0}, {0}};
    size_t count = deflate->filled - deflate->kept;
    if (count > DEFLATE_HISTORY) count = DEFLATE_HISTORY;
    for (size_t i = 0; i < count; i++) counts.lengths[deflate->window[deflate->kept + i]]++;
    for (unsigned i = DEFLATE_END + 1; i < DEFLATE_LENGTHS; i++) counts.lengths[i] = (uint32_t)(count / 200);
    for (unsigned slot = 0; slot < DEFLATE_DISTANCES; slot++) counts.distances[slot] = 4 + slot;
    set_costs(deflate, &counts);
    deflate->has_costs = 1;
}

void deflate_end_block(gesso_deflate *deflate, int is_last) {
    deflate->block.lengths[DEFLATE_END] = 1;
    deflate_write_block(&deflate->writer, deflate->window + deflate->block_start,
                        deflate->chunk_start - deflate->block_start, deflate->steps, deflate->block_steps,
                        &deflate->block, is_last);
    deflate->step_count -= deflate->block_steps;
    memmove(deflate->steps, deflate->steps + deflate->block_steps, deflate->step_count * sizeof *deflate->steps);
    memset(&deflate->block, 0, sizeof deflate->block);
    deflate->written += deflate->chunk_start - deflate->block_start;
    deflate->block_steps = 0;
    deflate->block_start = deflate->chunk_start;
}

void deflate_end_chunk(gesso_deflate *deflate, size_t at) {
    deflate_counts both = deflate->chunk;
    uint64_t chunk_cost = cost_of_block(&deflate->chunk), cost = chunk_cost;
    if (deflate->block_steps) {
        for (unsigned i = 0; i < DEFLATE_LENGTHS; i++) both.lengths[i] += deflate->block.lengths[i];
        for (unsigned i = 0; i < DEFLATE_DISTANCES; i++) both.distances[i] += deflate->block.distances[i];
        cost = cost_of_block(&both);
        if (cost > deflate->block_cost + chunk_cost) {
            deflate_end_block(deflate, 0);
            both = deflate->chunk;
            cost = chunk_cost;
        }
    }
    // Looks at the chunk and at all output so far, so that a dark corner of a photograph does not count as a graphic.
    int is_small = (chunk_cost - DESCRIPTION) / (8 * BIT) < DEFLATE_CHUNK / GRAPHIC;
    size_t length = (size_t)(deflate->writer.next - deflate->start);
    deflate->is_deep = deflate->search == GESSO_DEFLATE_LAZY && is_small && length <= deflate->written / GRAPHIC + 256;
    deflate->block = both;
    deflate->block_cost = cost;
    deflate->block_steps = deflate->step_count;
    deflate->chunk_start = at;
    memset(&deflate->chunk, 0, sizeof deflate->chunk);
    set_costs(deflate, &deflate->block);
    if (deflate->step_count >= DEFLATE_MOST_STEPS) deflate_end_block(deflate, 0);
}
