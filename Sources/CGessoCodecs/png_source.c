// Reads the chunks of a PNG one by one for libpng, and leaves out those that it does not need.

#include "png_source.h"

#include <string.h>

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int is_wanted(const uint8_t *type) {
    // Critical chunks have bit 5 of the first letter clear (PNG 3rd edition 5.4).
    return !(type[0] & 0x20) || memcmp(type, "tRNS", 4) == 0;
}

void gesso_png_source_start(gesso_png_source *source, const uint8_t *data, size_t count) {
    source->data = data;
    source->count = count;
    source->position = 0;
    source->piece_end = count < 8 ? count : 8;
    source->ended = 0;
}

/// Advances to the next wanted chunk; 0 if the file ends before one.
static int next_piece(gesso_png_source *source) {
    while (!source->ended && source->count - source->position >= 8) {
        const uint8_t *header = source->data + source->position;
        uint32_t length = big_endian(header);
        size_t left = source->count - source->position;
        // Length, type, data and CRC. Of a truncated chunk the existing bytes are used.
        size_t whole = (size_t)length + 12;
        if (is_wanted(header + 4)) {
            source->piece_end = source->position + (whole < left ? whole : left);
            source->ended = memcmp(header + 4, "IEND", 4) == 0;
            return 1;
        }
        if (whole > left) return 0;
        source->position += whole;
    }
    return 0;
}

int gesso_png_source_read(gesso_png_source *source, uint8_t *to, size_t count) {
    while (count > 0) {
        if (source->position == source->piece_end && !next_piece(source)) return 0;
        size_t available = source->piece_end - source->position;
        size_t taken = available < count ? available : count;
        memcpy(to, source->data + source->position, taken);
        source->position += taken;
        to += taken;
        count -= taken;
    }
    return 1;
}
