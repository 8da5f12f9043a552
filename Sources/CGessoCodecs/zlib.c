#include "report.h"

#include <gesso_buffer.h>
#include <libdeflate.h>
#include <string.h>

uint32_t gesso_crc32(uint32_t crc, const uint8_t *data, size_t count) { return libdeflate_crc32(crc, data, count); }

/// Room for all that `count` bytes can hold, since one byte makes at most 1032: a second attempt would read the stream
/// again. Pages that are not written cost no memory.
static size_t first_capacity(size_t count) {
    const size_t least = 1 << 16, most = 64 << 20;
    size_t all = count < most / 1032 ? count * 1032 : most;
    return all > least ? all : least;
}

/// The bytes in memory of their own size; `bytes` themselves when there is none.
static uint8_t *fitted(uint8_t *bytes, size_t count, size_t capacity) {
    if (count + 4096 >= capacity) return bytes;
    uint8_t *fitting = gesso_buffer_allocate(count, 0);
    if (!fitting) return bytes;
    memcpy(fitting, bytes, count);
    gesso_buffer_free(bytes);
    return fitting;
}

void gesso_zlib_inflate(const uint8_t *data, size_t count, size_t maximum, gesso_codec_output *output,
                        gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (!decompressor) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory to inflate");
    for (size_t capacity = first_capacity(count);; capacity = capacity > SIZE_MAX / 8 ? SIZE_MAX : capacity * 8) {
        if (capacity > maximum) capacity = maximum;
        uint8_t *bytes = gesso_buffer_allocate(capacity, 0);
        if (!bytes) {
            gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory to inflate");
            break;
        }
        size_t written = 0;
        enum libdeflate_result result =
            libdeflate_zlib_decompress(decompressor, data, count, bytes, capacity, &written);
        if (result == LIBDEFLATE_SUCCESS) {
            output->bytes = fitted(bytes, written, capacity);
            output->count = written;
            break;
        }
        gesso_buffer_free(bytes);
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
            gesso_report_fail(report, GESSO_CODEC_CORRUPT, "damaged zlib stream");
            break;
        }
        if (capacity == maximum) {
            gesso_report_fail(report, GESSO_CODEC_LIMIT, "inflates to more than is allowed");
            break;
        }
    }
    libdeflate_free_decompressor(decompressor);
}
