// Reads the chunks of a PNG one by one for libpng, and leaves out those that it does not need.

#include "png_source.h"

#include "gesso_codecs.h"

#include <string.h>

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void put_big_endian(uint32_t value, uint8_t *to) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static int is_wanted(const uint8_t *type) {
    // Critical chunks have bit 5 of the first letter clear (PNG 3rd edition 5.4).
    return !(type[0] & 0x20) || memcmp(type, "tRNS", 4) == 0;
}

void gesso_png_source_start(gesso_png_source *source, const uint8_t *data, size_t count) {
    source->data = data;
    source->count = count;
    source->position = source->left = count < 8 ? count : 8;
    source->piece = data;
    source->ended = source->shortens = 0;
    source->transparency_count = 0;
}

int gesso_png_source_shorten(gesso_png_source *source) {
    const uint8_t *data = source->data;
    if (source->count < 33) return 0;
    unsigned depth = data[24], color = data[25];
    // The length that the color type allows: two bytes for each sample, or one for each palette entry.
    size_t most = color == 0 ? 2 : color == 2 ? 6 : color == 3 ? 1u << (depth < 8 ? depth : 8) : 0;
    if (most == 0) return 0;
    for (size_t position = 33; source->count - position >= 12;) {
        const uint8_t *chunk = data + position;
        size_t length = big_endian(chunk);
        if (length > source->count - position - 12 || memcmp(chunk + 4, "IDAT", 4) == 0) return 0;
        if (color == 3 && memcmp(chunk + 4, "PLTE", 4) == 0 && length / 3 < most) most = length / 3;
        if (memcmp(chunk + 4, "tRNS", 4) == 0) {
            int is_empty = color == 3 && (length == 0 || most == 0);
            if (!is_empty && length <= most) return 0;
            // If the checksum is wrong, libpng reports it.
            if (gesso_crc32(0, chunk + 4, length + 4) != big_endian(chunk + length + 8)) return 0;
            source->shortens = 1;
            if (is_empty) return 1;
            put_big_endian((uint32_t)most, source->transparency);
            memcpy(source->transparency + 4, chunk + 4, most + 4);
            put_big_endian(gesso_crc32(0, chunk + 4, most + 4), source->transparency + 8 + most);
            source->transparency_count = most + 12;
            return 1;
        }
        position += length + 12;
    }
    return 0;
}

/// Advances to the next wanted chunk; 0 if the file ends before one.
static int next_piece(gesso_png_source *source) {
    while (!source->ended && source->count - source->position >= 8) {
        const uint8_t *header = source->data + source->position;
        uint32_t length = big_endian(header);
        size_t available = source->count - source->position;
        // Length, type, data and CRC. Of a truncated chunk the existing bytes are used.
        size_t whole = (size_t)length + 12;
        int shortens = source->shortens && memcmp(header + 4, "tRNS", 4) == 0;
        if (is_wanted(header + 4) && !shortens) {
            source->piece = header;
            source->left = whole < available ? whole : available;
            source->position += source->left;
            source->ended = memcmp(header + 4, "IEND", 4) == 0;
            return 1;
        }
        if (whole > available) return 0;
        source->position += whole;
        if (shortens && source->transparency_count) {
            source->piece = source->transparency;
            source->left = source->transparency_count;
            return 1;
        }
    }
    return 0;
}

int gesso_png_source_read(gesso_png_source *source, uint8_t *to, size_t count) {
    while (count > 0) {
        if (source->left == 0 && !next_piece(source)) return 0;
        size_t taken = source->left < count ? source->left : count;
        memcpy(to, source->piece, taken);
        source->piece += taken;
        source->left -= taken;
        to += taken;
        count -= taken;
    }
    return 1;
}
