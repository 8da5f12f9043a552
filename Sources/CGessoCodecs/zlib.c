// Decompresses zlib streams of unknown length (metadata, profiles) up to a limit.

#include "report.h"

#include <gesso_buffer.h>
#include <libdeflate.h>
#include <string.h>
#include <zlib.h>

uint32_t gesso_crc32(uint32_t crc, const uint8_t *data, size_t count) { return libdeflate_crc32(crc, data, count); }

enum {
    /// Bytes of input and output between two checks.
    input_step = 4 << 10,
    output_step = 64 << 10,
    /// The limit on input in excess of the output. Stored blocks are longer than their content by 5 bytes in 65535,
    /// and the tables of a block take some hundred bytes (RFC 1951, 3.2.4 and 3.2.7). Only empty blocks take more,
    /// each of which may cost as much time as a kilobyte of output.
    most_ahead = 16 << 10,
};

/// Memory that grows up to a maximum.
typedef struct {
    uint8_t *bytes;
    size_t capacity, count, maximum;
} growing;

/// Makes space for at least one more byte; fails at the maximum and if memory cannot be allocated.
static gesso_codec_status grow(growing *output) {
    if (output->count < output->capacity) return GESSO_CODEC_OK;
    if (output->capacity == output->maximum) return GESSO_CODEC_LIMIT;
    size_t wanted = output->capacity < SIZE_MAX / 2 ? output->capacity * 2 : SIZE_MAX;
    if (wanted < output_step) wanted = output_step;
    if (wanted > output->maximum) wanted = output->maximum;
    uint8_t *larger = gesso_buffer_allocate(wanted, 0);
    if (!larger) return GESSO_CODEC_NO_MEMORY;
    if (output->count) memcpy(larger, output->bytes, output->count);
    gesso_buffer_free(output->bytes);
    output->bytes = larger;
    output->capacity = wanted;
    return GESSO_CODEC_OK;
}

static gesso_codec_status inflate_some(z_stream *stream, growing *output, const uint8_t *data, size_t count, size_t *given,
                                       int *result) {
    if (stream->avail_in == 0 && *given < count) {
        size_t piece = count - *given < input_step ? count - *given : input_step;
        stream->next_in = (Bytef *)(data + *given);
        stream->avail_in = (uInt)piece;
        *given += piece;
    }
    // A stream may end exactly at the maximum; one more byte of output shows whether it does.
    uint8_t extra;
    gesso_codec_status status = grow(output);
    int is_full = status == GESSO_CODEC_LIMIT;
    if (status != GESSO_CODEC_OK && !is_full) return status;
    size_t room = is_full ? 1 : output->capacity - output->count;
    if (room > output_step) room = output_step;
    stream->next_out = is_full ? &extra : output->bytes + output->count;
    stream->avail_out = (uInt)room;
    *result = inflate(stream, Z_NO_FLUSH);
    size_t made = room - stream->avail_out;
    if (is_full) return made ? GESSO_CODEC_LIMIT : GESSO_CODEC_OK;
    output->count += made;
    return GESSO_CODEC_OK;
}

static void inflate_all(z_stream *stream, growing *output, const uint8_t *data, size_t count,
                        gesso_codec_report *report) {
    size_t given = 0;
    for (int result = Z_OK; result != Z_STREAM_END;) {
        gesso_codec_status status = inflate_some(stream, output, data, count, &given, &result);
        if (status == GESSO_CODEC_LIMIT) return gesso_report_fail(report, status, "inflates to more than is allowed");
        if (status != GESSO_CODEC_OK || result == Z_MEM_ERROR)
            return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory to inflate");
        int is_stuck = result == Z_BUF_ERROR && stream->avail_in == 0 && given == count;
        if (is_stuck || (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR))
            return gesso_report_fail(report, GESSO_CODEC_CORRUPT, "damaged zlib stream");
        if (stream->total_in > stream->total_out + most_ahead)
            return gesso_report_fail(report, GESSO_CODEC_CORRUPT, "a zlib stream of empty blocks");
    }
}

void gesso_zlib_inflate(const uint8_t *data, size_t count, size_t maximum, gesso_codec_output *output,
                        gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    z_stream stream = {0};
    if (inflateInit(&stream) != Z_OK) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory to inflate");
    growing made = {.maximum = maximum};
    inflate_all(&stream, &made, data, count, report);
    inflateEnd(&stream);
    if (report->status != GESSO_CODEC_OK) return gesso_buffer_free(made.bytes);
    output->bytes = made.bytes;
    output->count = made.count;
}
