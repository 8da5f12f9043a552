#include "gesso_deflate.h"
#include "report.h"

#include <gesso_buffer.h>
#include <gesso_png.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

static void put32(uint8_t *to, uint32_t value) {
    to[0] = (uint8_t)(value >> 24);
    to[1] = (uint8_t)(value >> 16);
    to[2] = (uint8_t)(value >> 8);
    to[3] = (uint8_t)value;
}

/// Length, type and CRC around the `count` bytes that stand at `chunk + 8` already; returns the chunk's end.
static uint8_t *close_chunk(uint8_t *chunk, const char *type, size_t count) {
    put32(chunk, (uint32_t)count);
    memcpy(chunk + 4, type, 4);
    put32(chunk + 8 + count, libdeflate_crc32(0, chunk + 4, count + 4));
    return chunk + 12 + count;
}

static void to_network_order(uint8_t *to, const uint8_t *from, size_t count) {
    const uint16_t *samples = (const uint16_t *)from;
    for (size_t i = 0; i < count / 2; i++) {
        to[2 * i] = (uint8_t)(samples[i] >> 8);
        to[2 * i + 1] = (uint8_t)samples[i];
    }
}

/// All rows filtered, into `deflate` or, without one, into `filtered`; `scratch` holds two rows of 16-bit samples in
/// network order, or is NULL.
static gesso_codec_status filter_rows(const gesso_codec_image *image, gesso_deflate *deflate, uint8_t *filtered,
                                      uint8_t *scratch, const gesso_watch_run *watch) {
    size_t step = (size_t)image->channels * (size_t)image->bits / 8;
    size_t count = step * image->width;
    const uint8_t *above = NULL;
    gesso_simd_level_t level = gesso_simd_level();
    for (uint32_t y = 0; y < image->height; y++) {
        if (y % 16 == 0) {
            gesso_codec_status status = gesso_watch_check(watch);
            if (status != GESSO_CODEC_OK) return status;
        }
        const uint8_t *row = image->pixels + y * image->bytes_per_row;
        if (scratch) {
            uint8_t *swapped = scratch + (y & 1) * count;
            to_network_order(swapped, row, count);
            row = swapped;
        }
        uint8_t *to = deflate ? gesso_deflate_room(deflate) : filtered + y * (count + 1);
        gesso_png_filter(row, above, count, step, -1, to, level);
        if (deflate) gesso_deflate_take(deflate, count + 1);
        above = row;
    }
    return GESSO_CODEC_OK;
}

static uint8_t color_type(int channels) { return channels == 1 ? 0 : channels == 3 ? 2 : 6; }

static uint8_t *put_header(uint8_t *to, const gesso_codec_image *image) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    memcpy(to, signature, 8);
    uint8_t *chunk = to + 8;
    put32(chunk + 8, image->width);
    put32(chunk + 12, image->height);
    chunk[16] = (uint8_t)image->bits;
    chunk[17] = color_type(image->channels);
    chunk[18] = chunk[19] = chunk[20] = 0;
    return close_chunk(chunk, "IHDR", 13);
}

/// libdeflate's levels for profiles, and for the small effort: the first that weighs copies against each other.
static const int profile_level = 6, thorough_level = 10;

typedef struct {
    uint8_t *filtered, *scratch, *file;
    struct libdeflate_compressor *compressor;
    gesso_deflate *deflate;
} encode_memory;

/// The zlib stream of the rows, strip by strip. Returns its length, or 0 after a failure.
static size_t compress_strips(const gesso_codec_image *image, gesso_deflate_search search, size_t row_bytes,
                              encode_memory *memory, uint8_t *to, size_t capacity, const gesso_watch_run *watch,
                              gesso_codec_report *report) {
    memory->deflate = gesso_deflate_start(search, row_bytes + 1, to, capacity);
    if (!memory->deflate) {
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the compressor");
        return 0;
    }
    gesso_codec_status status = filter_rows(image, memory->deflate, NULL, memory->scratch, watch);
    if (status != GESSO_CODEC_OK) {
        gesso_report_fail(report, status, gesso_watch_reason(status));
        return 0;
    }
    size_t count = gesso_deflate_finish(memory->deflate);
    if (!count) gesso_report_fail(report, GESSO_CODEC_MISUSE, "the rows do not fit their bound");
    return count;
}

/// The same from all rows at once, ten times as slowly. Returns 0, and reports nothing, when `capacity` is too small.
static size_t compress_thoroughly(const gesso_codec_image *image, size_t row_bytes, encode_memory *memory, uint8_t *to,
                                  size_t capacity, const gesso_watch_run *watch, gesso_codec_report *report) {
    size_t raw = (row_bytes + 1) * image->height;
    memory->filtered = gesso_buffer_allocate(raw, 0);
    if (!memory->filtered) {
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the filtered rows");
        return 0;
    }
    gesso_codec_status status = filter_rows(image, NULL, memory->filtered, memory->scratch, watch);
    if (status != GESSO_CODEC_OK) {
        gesso_report_fail(report, status, gesso_watch_reason(status));
        return 0;
    }
    return libdeflate_zlib_compress(memory->compressor, memory->filtered, raw, to, capacity);
}

/// By the fast (0), default (1) or small (2) effort; the last needs twice the bound. Returns 0 after a failure.
static size_t compress_rows(const gesso_codec_image *image, int effort, size_t row_bytes, encode_memory *memory,
                            uint8_t *to, size_t capacity, const gesso_watch_run *watch, gesso_codec_report *report) {
    gesso_deflate_search search = effort < 1 ? GESSO_DEFLATE_FAST : GESSO_DEFLATE_LAZY;
    size_t count = compress_strips(image, search, row_bytes, memory, to, capacity, watch, report);
    if (!count || effort < 2) return count;
    // Small is never larger than default.
    size_t fewer = compress_thoroughly(image, row_bytes, memory, to + count, count - 1, watch, report);
    if (report->status != GESSO_CODEC_OK) return 0;
    memmove(to, to + count, fewer);
    return fewer ? fewer : count;
}

static void encode(const gesso_codec_image *image, int effort, const uint8_t *profile, size_t profile_count,
                   size_t row_bytes, encode_memory *memory, const gesso_watch_run *watch, gesso_codec_output *output,
                   gesso_codec_report *report) {
    size_t raw = (row_bytes + 1) * image->height;
    size_t bound = gesso_deflate_bound(raw);
    size_t profile_bound = profile ? libdeflate_zlib_compress_bound(NULL, profile_count) + 32 : 0;
    size_t capacity = 8 + 25 + 12 + profile_bound + 12 + bound * (effort < 2 ? 1 : 2) + 12;
    if (bound > 0x7fffffff) return gesso_report_fail(report, GESSO_CODEC_UNSUPPORTED, "too large for one IDAT chunk");
    if (image->bits == 16) memory->scratch = gesso_buffer_allocate(row_bytes * 2, 0);
    if (image->bits == 16 && !memory->scratch)
        return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for rows in network order");
    memory->file = gesso_buffer_allocate(capacity, 0);
    if (!memory->file) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the file");
    uint8_t *end = put_header(memory->file, image);
    if (profile) {
        memcpy(end + 8, "ICC profile\0\0", 13);
        size_t count =
            libdeflate_zlib_compress(memory->compressor, profile, profile_count, end + 21, profile_bound - 32);
        if (!count) return gesso_report_fail(report, GESSO_CODEC_MISUSE, "the profile does not fit its bound");
        end = close_chunk(end, "iCCP", 13 + count);
    }
    size_t left = capacity - (size_t)(end - memory->file) - 24;
    size_t count = compress_rows(image, effort, row_bytes, memory, end + 8, left, watch, report);
    if (!count) return;
    end = close_chunk(end, "IDAT", count);
    end = close_chunk(end, "IEND", 0);
    output->bytes = memory->file;
    output->count = (size_t)(end - memory->file);
    memory->file = NULL;
}

void gesso_png_encode(const gesso_codec_image *image, int effort, const uint8_t *profile, size_t profile_count,
                      const gesso_codec_watch *watch, gesso_codec_output *output, gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    size_t row_bytes = (size_t)image->width * (size_t)(image->channels * image->bits / 8);
    if (!image->width || !image->height || row_bytes > SIZE_MAX / 4 / image->height)
        return gesso_report_fail(report, GESSO_CODEC_MISUSE, "no such size");
    gesso_watch_run run = gesso_watch_start(watch);
    encode_memory memory = {0};
    int needs_compressor = profile || effort > 1;
    if (needs_compressor) memory.compressor = libdeflate_alloc_compressor(effort > 1 ? thorough_level : profile_level);
    if (memory.compressor || !needs_compressor)
        encode(image, effort, profile, profile_count, row_bytes, &memory, &run, output, report);
    else
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the compressor");
    libdeflate_free_compressor(memory.compressor);
    gesso_deflate_free(memory.deflate);
    gesso_buffer_free(memory.filtered);
    gesso_buffer_free(memory.scratch);
    gesso_buffer_free(memory.file);
    // The bound is for noise: give back what the picture did not need.
    if (output->bytes) {
        uint8_t *fitting = realloc(output->bytes, output->count);
        if (fitting) output->bytes = fitting;
    }
}
