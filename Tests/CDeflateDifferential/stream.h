#ifndef DIFFERENTIAL_STREAM_H
#define DIFFERENTIAL_STREAM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state;
} random_source;

/// SplitMix64 (Steele, Lea and Flood 2014).
static inline uint64_t random_next(random_source *random) {
    uint64_t z = (random->state += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

static inline unsigned random_below(random_source *random, unsigned bound) {
    return (unsigned)(random_next(random) % bound);
}

/// A zlib stream and what it holds.
typedef struct {
    uint8_t *bytes, *rows;
    size_t count, capacity, row_count;
} zlib_stream;

/// Makes a stream of `row_count` filtered bytes, in rows of `pitch` that begin with a filter type. `flaw` 0 for a valid
/// stream, else what is wrong with it.
void make_stream(random_source *random, zlib_stream *stream, size_t pitch, unsigned flaw);

enum { FLAW_COUNT = 16 };

#endif
