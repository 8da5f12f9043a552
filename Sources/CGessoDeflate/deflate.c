// The compressor from outside: takes bytes piece by piece, and gives out a zlib stream.

#include "deflate_state.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

/// Compresses the bytes added since the last call, and keeps those that matches can refer to.
static void compress_taken(gesso_deflate *deflate, int is_last) {
    const uint8_t *taken = deflate->window + deflate->kept;
    memset(deflate->window + deflate->filled, 0, DEFLATE_SLACK);
    deflate->adler = libdeflate_adler32(deflate->adler, taken, deflate->filled - deflate->kept);
    deflate->block_start = deflate->chunk_start = deflate->kept;
    if (!deflate->has_costs) deflate_guess_costs(deflate);
    for (size_t at = deflate->kept; at < deflate->filled;) {
        at = deflate_search_chunk(deflate, at, deflate->filled);
        deflate_end_chunk(deflate, at);
    }
    if (deflate->block_steps || is_last) deflate_end_block(deflate, is_last);
    size_t dropped = deflate->filled - DEFLATE_BEHIND;
    memmove(deflate->window, deflate->window + dropped, DEFLATE_BEHIND);
    deflate->base += (uint16_t)dropped;
    deflate->origin = dropped < deflate->origin ? deflate->origin - dropped : 0;
    deflate->kept = deflate->filled = DEFLATE_BEHIND;
}

size_t gesso_deflate_bound(size_t count) { return count + count / 512 + 64; }

gesso_deflate *gesso_deflate_start(gesso_deflate_search search, size_t piece, uint8_t *to, size_t capacity) {
    gesso_deflate *deflate = calloc(1, sizeof *deflate);
    if (!deflate) return NULL;
    deflate->window = calloc(DEFLATE_BEHIND + DEFLATE_SEGMENT + piece + DEFLATE_SLACK, 1);
    if (!deflate->window) {
        free(deflate);
        return NULL;
    }
    deflate->search = search;
    deflate->origin = deflate->kept = deflate->filled = DEFLATE_BEHIND;
    deflate->piece = piece <= DEFLATE_HISTORY ? piece : 1;
    deflate->adler = 1;
    for (unsigned length = 3; length <= DEFLATE_LONGEST; length++)
        deflate->length_slots[length] = (uint8_t)deflate_length_slot(length);
    deflate->start = to;
    deflate_begin(&deflate->writer, to, capacity);
    return deflate;
}

uint8_t *gesso_deflate_room(gesso_deflate *deflate) { return deflate->window + deflate->filled; }

void gesso_deflate_take(gesso_deflate *deflate, size_t count) {
    deflate->filled += count;
    if (deflate->filled - deflate->kept >= DEFLATE_SEGMENT) compress_taken(deflate, 0);
}

size_t gesso_deflate_finish(gesso_deflate *deflate) {
    compress_taken(deflate, 1);
    return deflate_end(&deflate->writer, deflate->adler) ? (size_t)(deflate->writer.next - deflate->start) : 0;
}

void gesso_deflate_free(gesso_deflate *deflate) {
    if (deflate) free(deflate->window);
    free(deflate);
}
