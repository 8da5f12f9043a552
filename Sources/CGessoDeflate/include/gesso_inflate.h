#ifndef GESSO_INFLATE_H
#define GESSO_INFLATE_H

#include <stddef.h>
#include <stdint.h>

// Decompresses a zlib stream (RFC 1950, RFC 1951) whose length after decompression is known, from pieces of input such
// as PNG's IDAT chunks, without gathering them. See README.md in this target.

/// Where the compressed bytes come from.
typedef struct {
    /// Returns the next piece, of any length including 0; returns 0 after the last one. Pieces must stay readable
    /// until `gesso_inflate` returns.
    int (*next)(void *context, const uint8_t **bytes, size_t *count);
    /// Returns non-zero to stop; may be NULL. Called after at most 64 KiB of input or 64 blocks.
    int (*should_stop)(void *context);
    void *context;
} gesso_inflate_source;

/// The number of bytes after the end of the output that may be overwritten.
#define GESSO_INFLATE_OVERRUN 32

/// Returns 1 if the stream is valid, its checksum matches, and it holds exactly `count` bytes. Returns 0 for every other
/// stream, for valid streams that this decoder does not support, and when `should_stop` says so; then the output is
/// undefined, and the caller falls back to zlib. Never accepts a stream that zlib refuses. Bytes after the stream's end
/// are ignored.
int gesso_inflate(const gesso_inflate_source *source, uint8_t *output, size_t count);

#endif
