// Encodes rows of pixels as PNG: own row filters, and libdeflate or the streaming compressor.

#include "png_kind.h"

#include <gesso_buffer.h>
#include <gesso_deflate.h>
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

/// Writes length, type and CRC around the `count` bytes at `chunk + 8`; returns the end of the chunk.
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

static uint8_t *put_header(uint8_t *to, const gesso_codec_image *image, const gesso_png_kind *kind) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    memcpy(to, signature, 8);
    uint8_t *chunk = to + 8;
    put32(chunk + 8, image->width);
    put32(chunk + 12, image->height);
    chunk[16] = (uint8_t)image->bits;
    chunk[17] = (uint8_t)kind->color_type;
    chunk[18] = chunk[19] = chunk[20] = 0;
    return close_chunk(chunk, "IHDR", 13);
}

/// PLTE and tRNS, if needed.
static uint8_t *put_palette(uint8_t *end, const gesso_png_kind *kind) {
    if (!kind->colors) return end;
    for (int i = 0; i < kind->colors; i++) memcpy(end + 8 + 3 * i, kind->palette[i], 3);
    end = close_chunk(end, "PLTE", 3 * (size_t)kind->colors);
    if (!kind->transparent_colors) return end;
    for (int i = 0; i < kind->transparent_colors; i++) end[8 + i] = kind->palette[i][3];
    return close_chunk(end, "tRNS", (size_t)kind->transparent_colors);
}

/// The libdeflate levels for profiles and for effort small, which is the first level that compares the costs of
/// matches.
static const int profile_level = 6, thorough_level = 10;

typedef struct {
    const gesso_codec_image *image;
    const gesso_png_kind *kind;
    size_t row_bytes;
    const gesso_watch_run *watch;
    gesso_codec_report *report;
    struct libdeflate_compressor *compressor;
    gesso_deflate *deflate;
    /// All filtered rows, for effort small; two rows of 16-bit samples in network order; the file.
    uint8_t *filtered, *scratch, *file;
} encode_run;

/// Filters all rows and compresses them, or stores them in `to` if given. Returns 0 if it was stopped.
static int filter_rows(encode_run *run, uint8_t *to) {
    const gesso_codec_image *image = run->image;
    size_t step = (size_t)(image->channels * image->bits + 7) / 8, count = run->row_bytes;
    // Filters do not help for palette indices and packed samples (PNG 3rd edition, 12.7).
    int type = run->kind->colors || image->bits < 8 ? 0 : -1;
    const uint8_t *above = NULL;
    gesso_simd_level_t level = gesso_simd_level();
    for (uint32_t y = 0; y < image->height; y++) {
        if (y % 16 == 0) {
            gesso_codec_status status = gesso_watch_check(run->watch);
            if (status != GESSO_CODEC_OK) {
                gesso_report_fail(run->report, status, gesso_watch_reason(status));
                return 0;
            }
        }
        const uint8_t *row = image->pixels + y * image->bytes_per_row;
        if (run->scratch) {
            uint8_t *swapped = run->scratch + (y & 1) * count;
            to_network_order(swapped, row, count);
            row = swapped;
        }
        uint8_t *filtered = to ? to + y * (count + 1) : gesso_deflate_room(run->deflate);
        gesso_png_filter(row, above, count, step, type, filtered, level);
        if (!to) gesso_deflate_take(run->deflate, count + 1);
        above = row;
    }
    return 1;
}

/// Compresses the rows as a zlib stream, row by row. Returns its length, or 0 after a failure.
static size_t compress_strips(encode_run *run, gesso_deflate_search search, uint8_t *to, size_t capacity) {
    run->deflate = gesso_deflate_start(search, run->row_bytes + 1, to, capacity);
    if (!run->deflate) {
        gesso_report_fail(run->report, GESSO_CODEC_NO_MEMORY, "no memory for the compressor");
        return 0;
    }
    if (!filter_rows(run, NULL)) return 0;
    size_t count = gesso_deflate_finish(run->deflate);
    if (!count) gesso_report_fail(run->report, GESSO_CODEC_MISUSE, "the rows do not fit their bound");
    return count;
}

/// The same with libdeflate from all rows at once, ten times slower. Returns 0, without a report, if `capacity` is too
/// small.
static size_t compress_thoroughly(encode_run *run, uint8_t *to, size_t capacity) {
    size_t raw = (run->row_bytes + 1) * run->image->height;
    run->filtered = gesso_buffer_allocate(raw, 0);
    if (!run->filtered) {
        gesso_report_fail(run->report, GESSO_CODEC_NO_MEMORY, "no memory for the filtered rows");
        return 0;
    }
    if (!filter_rows(run, run->filtered)) return 0;
    return libdeflate_zlib_compress(run->compressor, run->filtered, raw, to, capacity);
}

/// With effort fast (0), default (1) or small (2), which needs twice the bound. Returns 0 after a failure.
static size_t compress_rows(encode_run *run, int effort, uint8_t *to, size_t capacity) {
    size_t count = compress_strips(run, effort < 1 ? GESSO_DEFLATE_FAST : GESSO_DEFLATE_LAZY, to, capacity);
    if (!count || effort < 2) return count;
    // The result of effort small is never larger than that of default.
    size_t fewer = compress_thoroughly(run, to + count, count - 1);
    if (run->report->status != GESSO_CODEC_OK) return 0;
    memmove(to, to + count, fewer);
    return fewer ? fewer : count;
}

static void encode(encode_run *run, int effort, const uint8_t *profile, size_t profile_count,
                   gesso_codec_output *output) {
    const gesso_codec_image *image = run->image;
    gesso_codec_report *report = run->report;
    size_t bound = gesso_deflate_bound((run->row_bytes + 1) * image->height);
    size_t profile_bound = profile ? libdeflate_zlib_compress_bound(NULL, profile_count) + 32 : 0;
    size_t capacity =
        8 + 25 + 12 + profile_bound + sizeof run->kind->palette + 24 + 12 + bound * (effort < 2 ? 1 : 2) + 12;
    if (bound > 0x7fffffff) return gesso_report_fail(report, GESSO_CODEC_UNSUPPORTED, "too large for one IDAT chunk");
    if (image->bits == 16) run->scratch = gesso_buffer_allocate(run->row_bytes * 2, 0);
    if (image->bits == 16 && !run->scratch)
        return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for rows in network order");
    run->file = gesso_buffer_allocate(capacity, 0);
    if (!run->file) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the file");
    uint8_t *end = put_header(run->file, image, run->kind);
    if (profile) {
        memcpy(end + 8, "ICC profile\0\0", 13);
        size_t count = libdeflate_zlib_compress(run->compressor, profile, profile_count, end + 21, profile_bound - 32);
        if (!count) return gesso_report_fail(report, GESSO_CODEC_MISUSE, "the profile does not fit its bound");
        end = close_chunk(end, "iCCP", 13 + count);
    }
    end = put_palette(end, run->kind);
    size_t count = compress_rows(run, effort, end + 8, capacity - (size_t)(end - run->file) - 24);
    if (!count) return;
    end = close_chunk(end, "IDAT", count);
    end = close_chunk(end, "IEND", 0);
    output->bytes = run->file;
    output->count = (size_t)(end - run->file);
    run->file = NULL;
}

void gesso_png_encode(const gesso_codec_image *image, int effort, const uint8_t *profile, size_t profile_count,
                      const gesso_codec_watch *watch, gesso_codec_output *output, gesso_codec_report *report) {
    gesso_png_kind kind = {.color_type = image->channels == 1 ? 0 : image->channels == 3 ? 2 : 6};
    gesso_png_encode_as(image, &kind, effort, profile, profile_count, watch, output, report);
}

void gesso_png_encode_as(const gesso_codec_image *image, const gesso_png_kind *kind, int effort,
                         const uint8_t *profile, size_t profile_count, const gesso_codec_watch *watch,
                         gesso_codec_output *output, gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    size_t row_bytes = gesso_png_row_bytes(image);
    if (!image->width || !image->height || row_bytes > SIZE_MAX / 4 / image->height)
        return gesso_report_fail(report, GESSO_CODEC_MISUSE, "invalid size");
    gesso_watch_run started = gesso_watch_start(watch);
    encode_run run = {.image = image, .kind = kind, .row_bytes = row_bytes, .watch = &started, .report = report};
    int needs_compressor = profile || effort > 1;
    if (needs_compressor) run.compressor = libdeflate_alloc_compressor(effort > 1 ? thorough_level : profile_level);
    if (run.compressor || !needs_compressor)
        encode(&run, effort, profile, profile_count, output);
    else
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the compressor");
    libdeflate_free_compressor(run.compressor);
    gesso_deflate_free(run.deflate);
    gesso_buffer_free(run.filtered);
    gesso_buffer_free(run.scratch);
    gesso_buffer_free(run.file);
    // The bound is for noise; free the rest.
    if (output->bytes) output->bytes = gesso_buffer_fit(output->bytes, output->count);
}
