#ifndef GESSO_HASH_H
#define GESSO_HASH_H

#include <stddef.h>
#include <stdint.h>

/// A fast hash similar to FNV-1a (Fowler, Noll, Vo) over 64-bit words, for detecting accidental changes. Four
/// interleaved lanes make the multiplications independent of each other.
typedef struct {
    uint64_t lanes[4];
} gesso_hash_t;

void gesso_hash_start(gesso_hash_t *hash);
void gesso_hash_bytes(gesso_hash_t *hash, const uint8_t *bytes, size_t count);
uint64_t gesso_hash_value(const gesso_hash_t *hash);

#endif
