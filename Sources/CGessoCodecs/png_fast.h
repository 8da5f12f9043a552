#ifndef GESSO_CODECS_PNG_FAST_H
#define GESSO_CODECS_PNG_FAST_H

#include "report.h"

/// The short way for the common kinds: 8 bits, not interlaced, no colour key. Inflates into the memory behind the
/// pixels and undoes the filters in place. Returns 1 when the picture is whole and sound; 0 leaves the judgement to
/// libpng, whatever the reason.
int gesso_png_decode_fast(const uint8_t *data, size_t count, const gesso_codec_image *image);

#endif
