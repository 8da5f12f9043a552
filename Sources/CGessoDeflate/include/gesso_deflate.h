#ifndef GESSO_DEFLATE_H
#define GESSO_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

// Compresses filtered rows into a zlib stream (RFC 1950, RFC 1951), piece by piece, in memory that does not grow with
// the image. The residues of a photograph repeat seldom and briefly: a copy is taken only where it costs fewer bits
// than its literals would, by the codes of the block so far. Plain C: the same bytes on every machine.

typedef struct gesso_deflate gesso_deflate;

typedef enum {
    /// Two candidates for a copy: the last place of the same six bytes, and a piece before.
    GESSO_DEFLATE_FAST,
    /// Four candidates, many more in graphics, and a look at whether the next byte's copy is the better one.
    GESSO_DEFLATE_LAZY,
} gesso_deflate_search;

/// The most that `count` bytes can become.
size_t gesso_deflate_bound(size_t count);

/// Begins a stream at `to` of pieces of at most `piece` bytes each. Most should be that long, such as rows. NULL when
/// there is no memory.
gesso_deflate *gesso_deflate_start(gesso_deflate_search search, size_t piece, uint8_t *to, size_t capacity);

/// Where the next piece is to be written; `gesso_deflate_take` then takes it in.
uint8_t *gesso_deflate_room(gesso_deflate *deflate);
void gesso_deflate_take(gesso_deflate *deflate, size_t count);

/// Ends the stream: its length, or 0 when it did not fit; within the bound of what was taken in it always does.
size_t gesso_deflate_finish(gesso_deflate *deflate);

void gesso_deflate_free(gesso_deflate *deflate);

#endif
