#ifndef GESSO_CODECS_INFLATE_H
#define GESSO_CODECS_INFLATE_H

#include "report.h"

/// Bytes that may be written behind the output's end.
#define GESSO_INFLATE_OVERRUN 32

/// Inflates a zlib stream (RFC 1950, RFC 1951) that stands in the data of `piece_count` PNG chunks one behind the other,
/// the first of which has its data at `first`. Returns 1 when the stream is sound to its checksum and holds exactly
/// `count` bytes; 0 for anything else, for rare but lawful streams which are better left to a patient decoder, and when
/// the watch says so.
int gesso_inflate_chunks(const uint8_t *first, size_t piece_count, uint8_t *output, size_t count,
                         const gesso_watch_run *watch);

#endif
