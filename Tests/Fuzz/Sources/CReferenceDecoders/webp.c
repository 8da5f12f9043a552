#include "reference_decoders.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

/// What the container promises, by RFC 9649, 2.3: the size of the form and of the chunks in it. A file without VP8X is
/// its first chunk, and what follows is nothing (2.5).
static int is_whole(const uint8_t *data, size_t count) {
    if (count < 20) return 0;
    size_t form = (size_t)data[4] | (size_t)data[5] << 8 | (size_t)data[6] << 16 | (size_t)data[7] << 24;
    if (form + 8 > count) return 0;
    size_t at = 12, end = form + 8;
    while (at + 8 <= end) {
        const uint8_t *field = data + at + 4;
        size_t length = (size_t)field[0] | (size_t)field[1] << 8 | (size_t)field[2] << 16 | (size_t)field[3] << 24;
        if (length > end - at - 8) return 0;
        if (memcmp(data + 12, "VP8X", 4) != 0) return 1;
        at += 8 + length + (length & 1);
    }
    return 1;
}

reference_result reference_webp(const uint8_t *data, size_t count, int channels) {
    reference_result verdict = {0};
    if (!is_whole(data, count)) {
        strncpy(verdict.reason, "cut short", sizeof verdict.reason - 1);
        return verdict;
    }
    int width = 0, height = 0;
    uint8_t *pixels = channels == 4 ? WebPDecodeRGBA(data, count, &width, &height)
                                    : WebPDecodeRGB(data, count, &width, &height);
    if (!pixels) {
        strncpy(verdict.reason, "refused by libwebp", sizeof verdict.reason - 1);
        return verdict;
    }
    size_t bytes = (size_t)width * (size_t)height * (size_t)channels;
    verdict = (reference_result){.width = (uint32_t)width, .height = (uint32_t)height, .channels = channels};
    // libwebp's memory may have an allocator of its own.
    verdict.pixels = malloc(bytes);
    verdict.accepted = verdict.pixels != NULL;
    if (verdict.pixels) memcpy(verdict.pixels, pixels, bytes);
    WebPFree(pixels);
    return verdict;
}
