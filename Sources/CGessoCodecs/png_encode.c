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

/// All rows filtered into `filtered`; `scratch` holds two rows of 16-bit samples in network order, or is NULL.
static gesso_codec_status filter_rows(const gesso_codec_image *image, uint8_t *filtered, uint8_t *scratch,
                                      const gesso_watch_run *watch) {
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
        gesso_png_filter(row, above, count, step, -1, filtered + y * (count + 1), level);
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

/// libdeflate levels by effort.
static const int levels[3] = {1, 3, 9};

typedef struct {
    uint8_t *filtered, *scratch, *file;
    struct libdeflate_compressor *compressor;
} encode_memory;

static void encode(const gesso_codec_image *image, const uint8_t *profile, size_t profile_count, size_t row_bytes,
                   encode_memory *memory, const gesso_watch_run *watch, gesso_codec_output *output,
                   gesso_codec_report *report) {
    size_t raw = (row_bytes + 1) * image->height;
    size_t bound = libdeflate_zlib_compress_bound(memory->compressor, raw);
    size_t profile_bound = profile ? libdeflate_zlib_compress_bound(memory->compressor, profile_count) + 32 : 0;
    size_t capacity = 8 + 25 + 12 + profile_bound + 12 + bound + 12;
    if (bound > 0x7fffffff) return gesso_report_fail(report, GESSO_CODEC_UNSUPPORTED, "too large for one IDAT chunk");
    memory->filtered = gesso_buffer_allocate(raw, 0);
    if (image->bits == 16) memory->scratch = gesso_buffer_allocate(row_bytes * 2, 0);
    if (!memory->filtered || (image->bits == 16 && !memory->scratch))
        return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the filtered rows");
    gesso_codec_status status = filter_rows(image, memory->filtered, memory->scratch, watch);
    if (status != GESSO_CODEC_OK) return gesso_report_fail(report, status, gesso_watch_reason(status));
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
    size_t count = libdeflate_zlib_compress(memory->compressor, memory->filtered, raw, end + 8, left);
    if (!count) return gesso_report_fail(report, GESSO_CODEC_MISUSE, "the rows do not fit their bound");
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
    memory.compressor = libdeflate_alloc_compressor(levels[effort < 0 ? 0 : effort > 2 ? 2 : effort]);
    if (memory.compressor)
        encode(image, profile, profile_count, row_bytes, &memory, &run, output, report);
    else
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the compressor");
    libdeflate_free_compressor(memory.compressor);
    gesso_buffer_free(memory.filtered);
    gesso_buffer_free(memory.scratch);
    gesso_buffer_free(memory.file);
    // The bound is for noise: give back what the picture did not need.
    if (output->bytes) {
        uint8_t *fitting = realloc(output->bytes, output->count);
        if (fitting) output->bytes = fitting;
    }
}
