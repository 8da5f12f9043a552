#ifndef GESSO_DEFLATE_H
#define GESSO_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

// Compresses filtered rows to a zlib stream (RFC 1950, RFC 1951), piece by piece, in memory that does not grow with
// the image. Filtered rows of a photograph have few and short repetitions, so a match is used only if it takes fewer
// bits than literals with the codes of the block so far. Plain C: the same bytes on every machine.

typedef struct gesso_deflate gesso_deflate;

typedef enum {
    /// Two candidates for a match: the last position of the same six bytes, and the previous piece.
    GESSO_DEFLATE_FAST,
    /// Four candidates, many more in graphics, and a comparison with the match at the next byte.
    GESSO_DEFLATE_LAZY,
} gesso_deflate_search;

/// The largest compressed size of `count` bytes.
size_t gesso_deflate_bound(size_t count);

/// Begins a stream at `to`, of pieces of at most `piece` bytes each, such as rows; most should have that length. NULL
/// if memory cannot be allocated.
gesso_deflate *gesso_deflate_start(gesso_deflate_search search, size_t piece, uint8_t *to, size_t capacity);

/// The address for the next piece; `gesso_deflate_take` then adds it.
uint8_t *gesso_deflate_room(gesso_deflate *deflate);
void gesso_deflate_take(gesso_deflate *deflate, size_t count);

/// Ends the stream. Returns its length, or 0 if it did not fit, which cannot happen within the bound.
size_t gesso_deflate_finish(gesso_deflate *deflate);

void gesso_deflate_free(gesso_deflate *deflate);

#endif
