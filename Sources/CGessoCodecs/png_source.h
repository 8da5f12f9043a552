#ifndef GESSO_CODECS_PNG_SOURCE_H
#define GESSO_CODECS_PNG_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/// A PNG file reduced to the chunks of its pixels: signature, IHDR, PLTE, tRNS, IDAT, IEND, and unknown critical
/// chunks, which libpng must reject (PNG 3rd edition 14.2). Other chunks are not read.
typedef struct {
    const uint8_t *data;
    size_t count;
    size_t position;
    /// The end of the part that is being read.
    size_t piece_end;
    int ended;
} gesso_png_source;

void gesso_png_source_start(gesso_png_source *source, const uint8_t *data, size_t count);
/// Copies exactly `count` bytes; 0 if the file ends first.
int gesso_png_source_read(gesso_png_source *source, uint8_t *to, size_t count);

#endif
