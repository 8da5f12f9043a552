#include "report.h"

#include <gesso_buffer.h>
#include <libdeflate.h>

uint32_t gesso_crc32(uint32_t crc, const uint8_t *data, size_t count) { return libdeflate_crc32(crc, data, count); }

void gesso_zlib_inflate(const uint8_t *data, size_t count, size_t maximum, gesso_codec_output *output,
                        gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (!decompressor) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory to inflate");
    // Most profiles hold some kilobytes: begin there, so that a bomb is told from its first half megabyte on.
    for (size_t capacity = 1 << 16;; capacity *= 8) {
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
            output->bytes = bytes;
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
