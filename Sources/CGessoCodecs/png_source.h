#ifndef GESSO_CODECS_PNG_SOURCE_H
#define GESSO_CODECS_PNG_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/// A PNG file reduced to the chunks of its pixels: signature, IHDR, PLTE, tRNS, IDAT, IEND, and unknown critical
/// chunks, which libpng must reject (PNG 3rd edition 14.2). Other chunks are not read.
typedef struct {
    const uint8_t *data;
    size_t count;
    /// The offset of the next chunk.
    size_t position;
    /// The rest of the chunk that is being read, `left` bytes.
    const uint8_t *piece;
    size_t left;
    /// Whether IEND was reached; what follows it is not read.
    int ended;
    /// Whether the tRNS chunk is replaced by `transparency`, or left out if that is empty.
    int shortens;
    uint8_t transparency[12 + 256];
    size_t transparency_count;
} gesso_png_source;

/// Starts at the signature. The file must stay valid while it is read.
void gesso_png_source_start(gesso_png_source *source, const uint8_t *data, size_t count);
/// Shortens a tRNS chunk that is longer than its color type allows, since libpng would ignore it, and leaves out an
/// empty one. Returns whether there is such a chunk.
int gesso_png_source_shorten(gesso_png_source *source);
/// Copies exactly `count` bytes; returns 0 if the file ends first.
int gesso_png_source_read(gesso_png_source *source, uint8_t *to, size_t count);

#endif
