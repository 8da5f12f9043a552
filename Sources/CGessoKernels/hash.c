// A fast hash of pixels, to detect changes; see gesso_hash.h.

#include "gesso_hash.h"

#include <string.h>

static const uint64_t prime = 0x00000100000001b3u;

void gesso_hash_start(gesso_hash_t *hash) {
    for (uint64_t lane = 0; lane < 4; lane++) hash->lanes[lane] = 0xcbf29ce484222325u + lane;
}

void gesso_hash_bytes(gesso_hash_t *hash, const uint8_t *bytes, size_t count) {
    uint64_t lanes[4];
    memcpy(lanes, hash->lanes, sizeof lanes);
    while (count >= 32) {
        for (int lane = 0; lane < 4; lane++) {
            uint64_t word;
            memcpy(&word, bytes + 8 * lane, 8);
            // XOR with the high half, because a multiplication does not carry high bits down to low ones.
            lanes[lane] = (lanes[lane] ^ word) * prime;
            lanes[lane] ^= lanes[lane] >> 32;
        }
        bytes += 32;
        count -= 32;
    }
    for (size_t i = 0; i < count; i++) lanes[0] = (lanes[0] ^ bytes[i]) * prime;
    memcpy(hash->lanes, lanes, sizeof lanes);
}

uint64_t gesso_hash_value(const gesso_hash_t *hash) {
    uint64_t value = 0xcbf29ce484222325u;
    for (int lane = 0; lane < 4; lane++) value = (value ^ hash->lanes[lane]) * prime;
    return value ^ value >> 32;
}
