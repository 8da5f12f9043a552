#include "deflate_differential.h"
#include "stream.h"

#include <gesso_codecs.h>
#include <reference_decoders.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// MARK: Files

typedef struct {
    uint8_t *bytes;
    size_t count, capacity;
} file_writer;

static void put_chunk(file_writer *file, const char *type, const uint8_t *body, size_t count) {
    if (file->capacity - file->count < count + 12) {
        file->capacity = 0;
        file->count = 0;
        return;
    }
    uint8_t *at = file->bytes + file->count;
    for (unsigned i = 0; i < 4; i++) at[i] = (uint8_t)(count >> (24 - 8 * i));
    memcpy(at + 4, type, 4);
    if (count) memcpy(at + 8, body, count);
    uint32_t sum = (uint32_t)crc32(0, at + 4, (uInt)count + 4);
    for (unsigned i = 0; i < 4; i++) at[8 + count + i] = (uint8_t)(sum >> (24 - 8 * i));
    file->count += count + 12;
}

/// One to six pieces, and empty ones anywhere.
static void put_pieces(random_source *random, file_writer *file, const zlib_stream *stream) {
    size_t cuts[7] = {0};
    unsigned pieces = 1 + random_below(random, 6), near = random_below(random, 3);
    for (unsigned i = 1; i < pieces; i++) {
        size_t bound = near == 0 && stream->count > 40 ? 40 : stream->count;
        cuts[i] = random_below(random, (unsigned)bound + 1);
        // Near the end, too.
        if (near == 1) cuts[i] = stream->count - cuts[i] % 20 % (stream->count + 1);
    }
    cuts[pieces] = stream->count;
    for (unsigned i = 1; i < pieces; i++)
        for (unsigned j = i; j > 1 && cuts[j] < cuts[j - 1]; j--) {
            size_t cut = cuts[j];
            cuts[j] = cuts[j - 1];
            cuts[j - 1] = cut;
        }
    unsigned empties = random_below(random, 3);
    for (unsigned i = 0; i <= pieces; i++) {
        for (unsigned n = empties ? random_below(random, 3) : 0; n > 0; n--) put_chunk(file, "IDAT", NULL, 0);
        if (i < pieces) put_chunk(file, "IDAT", stream->bytes + cuts[i], cuts[i + 1] - cuts[i]);
    }
}

static const uint8_t color_types[5] = {0, 2, 3, 4, 6}, stored_channels[5] = {1, 3, 1, 2, 4};

static size_t make_file(uint64_t seed, uint8_t *file, size_t capacity, unsigned *flaw, int *has_window) {
    random_source random = {seed};
    unsigned kind = random_below(&random, 5), large = random_below(&random, 200) == 0;
    unsigned width = 1 + random_below(&random, large ? 300 : 40), height = 1 + random_below(&random, large ? 300 : 24);
    size_t pitch = width * stored_channels[kind] + 1;
    // Half of all streams are valid.
    *flaw = random_below(&random, 2) ? random_below(&random, FLAW_COUNT) : 0;
    zlib_stream stream = {.row_count = pitch * height, .capacity = 8 * pitch * height + 65536};
    stream.bytes = malloc(stream.capacity);
    stream.rows = malloc(stream.row_count + 64);
    file_writer writer = {file, 8, capacity};
    if (stream.bytes && stream.rows) {
        make_stream(&random, &stream, pitch, *flaw);
        if (stream.count >= stream.capacity) *flaw = 1;
        *has_window = stream.count > 1 && stream.bytes[0] >> 4 == 7;
        memcpy(file, "\x89PNG\r\n\x1a\n", 8);
        uint8_t header[13] = {0, 0, (uint8_t)(width >> 8), (uint8_t)width, 0, 0, (uint8_t)(height >> 8), (uint8_t)height, 8, color_types[kind]};
        put_chunk(&writer, "IHDR", header, 13);
        if (color_types[kind] == 3) {
            uint8_t palette[768];
            for (unsigned i = 0; i < 768; i++) palette[i] = (uint8_t)random_next(&random);
            // All indices have colors, so that none of them is a reason to refuse.
            put_chunk(&writer, "PLTE", palette, 768);
            if (random_below(&random, 2)) put_chunk(&writer, "tRNS", palette, 1 + random_below(&random, 256));
        }
        put_pieces(&random, &writer, &stream);
        put_chunk(&writer, "IEND", NULL, 0);
    }
    free(stream.bytes);
    free(stream.rows);
    return writer.count;
}

// MARK: Decoders

typedef struct {
    gesso_codec_image image;
    size_t row_bytes;
} target_image;

static int has_transparency(const uint8_t *file, size_t count) {
    for (size_t at = 8; at + 12 <= count; at += (size_t)big_endian(file + at) + 12)
        if (!memcmp(file + at + 4, "tRNS", 4)) return 1;
    return 0;
}

static int make_target(const uint8_t *file, size_t count, target_image *target) {
    uint32_t width = big_endian(file + 16), height = big_endian(file + 20);
    int type = file[25], channels = type == 0 ? 1 : type == 2 ? 3 : type == 3 ? 3 + has_transparency(file, count) : 4;
    size_t stored = type == 0 || type == 3 ? 1 : type == 2 ? 3 : type == 4 ? 2 : 4;
    size_t stride = ((size_t)width * (size_t)channels + 63) & ~(size_t)63;
    target->row_bytes = (size_t)width * (size_t)channels;
    target->image = (gesso_codec_image){.bytes_per_row = stride, .width = width, .height = height, .channels = channels, .bits = 8};
    target->image.capacity = stride * height + gesso_png_spare(stored * width, stride, height);
    // Exactly as much as the decoder may touch, for AddressSanitizer.
    target->image.pixels = malloc(target->image.capacity);
    return target->image.pixels != NULL;
}

static int same_rows(const target_image *target, const uint8_t *pixels, size_t stride) {
    for (uint32_t y = 0; y < target->image.height; y++)
        if (memcmp(target->image.pixels + y * target->image.bytes_per_row, pixels + y * stride, target->row_bytes)) return 0;
    return 1;
}

static differential_result differs(char *reason, const char *what) {
    snprintf(reason, 200, "%s", what);
    return DIFFERENTIAL_DIFFERS;
}

static differential_result compare_targets(const uint8_t *file, size_t count, int must_be_fast, target_image *fast,
                                           target_image *whole, target_image *plain, char *reason) {
    reference_result verdict = reference_png(file, count, plain->image.channels);
    gesso_codec_report whole_report = {0}, plain_report = {0};
    int is_fast = gesso_png_decode_fast(file, count, &fast->image, NULL);
    gesso_png_decode(file, count, GESSO_LEVEL_STRICT, &whole->image, NULL, &whole_report);
    gesso_png_decode_by_libpng(file, count, GESSO_LEVEL_STRICT, &plain->image, NULL, &plain_report);
    int accepts = whole_report.status == GESSO_CODEC_OK;
    differential_result result = accepts ? DIFFERENTIAL_ACCEPTED : DIFFERENTIAL_REFUSED;
    if (accepts != (plain_report.status == GESSO_CODEC_OK))
        result = differs(reason, accepts ? "accepted, refused by libpng" : "refused, accepted by libpng");
    else if (is_fast && !accepts)
        result = differs(reason, "the fast path accepts what is refused in the end");
    else if (accepts && !verdict.accepted)
        result = differs(reason, "accepted, refused by libpng for the whole file");
    else if (accepts && (!same_rows(whole, verdict.pixels, whole->row_bytes) ||
                         !same_rows(whole, plain->image.pixels, plain->image.bytes_per_row)))
        result = differs(reason, "other pixels than libpng's");
    else if (is_fast && !same_rows(fast, verdict.pixels, fast->row_bytes))
        result = differs(reason, "other pixels by the fast path");
    else if (must_be_fast && !is_fast)
        result = differs(reason, "a valid stream is left to libpng");
    reference_free(&verdict);
    return result;
}

differential_result differential_compare(const uint8_t *file, size_t count, int must_be_fast, char *reason) {
    target_image targets[3] = {0};
    differential_result result = DIFFERENTIAL_DIFFERS;
    if (make_target(file, count, targets) && make_target(file, count, targets + 1) && make_target(file, count, targets + 2))
        result = compare_targets(file, count, must_be_fast, targets, targets + 1, targets + 2, reason);
    else
        differs(reason, "no memory");
    for (unsigned i = 0; i < 3; i++) free(targets[i].image.pixels);
    return result;
}

enum { MOST_FILE = 4 << 20 };

size_t differential_file(uint64_t seed, uint8_t *file, size_t capacity) {
    unsigned flaw;
    int has_window = 0;
    return make_file(seed, file, capacity, &flaw, &has_window);
}

differential_result differential_run(uint64_t seed, char *reason) {
    unsigned flaw;
    int has_window = 0;
    uint8_t *made = malloc(MOST_FILE);
    size_t count = made ? make_file(seed, made, MOST_FILE, &flaw, &has_window) : 0;
    // A copy of its exact length, so that AddressSanitizer sees reads after its end.
    uint8_t *file = count ? malloc(count) : NULL;
    if (file) memcpy(file, made, count);
    free(made);
    if (!file) return differs(reason, "no memory");
    differential_result result = differential_compare(file, count, flaw == 0 && has_window, reason);
    free(file);
    return result;
}
