#ifndef GESSO_CODECS_JPEG_STREAM_H
#define GESSO_CODECS_JPEG_STREAM_H

#include "jpeg_error.h"

/// A file in memory to read from. Its end is a warning of libjpeg's, fatal when strict.
typedef struct {
    struct jpeg_source_mgr base;
} gesso_jpeg_source;

void gesso_jpeg_source_set(gesso_jpeg_source *source, j_decompress_ptr codec, const uint8_t *data, size_t count);

/// A file in memory to write to, which grows. Whoever holds it frees `bytes` with free.
typedef struct {
    struct jpeg_destination_mgr base;
    uint8_t *bytes;
    size_t capacity;
    size_t count;
} gesso_jpeg_destination;

/// 0 when there is no memory.
int gesso_jpeg_destination_open(gesso_jpeg_destination *destination, size_t capacity);
void gesso_jpeg_destination_set(gesso_jpeg_destination *destination, j_compress_ptr codec);
/// Hands the finished file to `output`, or frees it when the report tells of a failure.
void gesso_jpeg_destination_close(gesso_jpeg_destination *destination, gesso_codec_output *output,
                                  const gesso_codec_report *report);

/// Stops libjpeg when the watch says so, or after too many scans.
typedef struct {
    struct jpeg_progress_mgr base;
    gesso_watch_run watch;
    /// For reading; 0 when writing.
    int maximum_scans;
} gesso_jpeg_progress;

void gesso_jpeg_progress_set(gesso_jpeg_progress *progress, j_common_ptr codec);
/// The same question from between libjpeg's calls. Does not return when the answer is to stop.
void gesso_jpeg_progress_check(gesso_jpeg_progress *progress, j_common_ptr codec);

#endif
