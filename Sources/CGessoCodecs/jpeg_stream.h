#ifndef GESSO_CODECS_JPEG_STREAM_H
#define GESSO_CODECS_JPEG_STREAM_H

#include "jpeg_error.h"

/// A source in memory. At its end it warns and supplies an end of image.
typedef struct {
    struct jpeg_source_mgr base;
} gesso_jpeg_source;

void gesso_jpeg_source_set(gesso_jpeg_source *source, j_decompress_ptr codec, const uint8_t *data, size_t count);

/// A destination in memory, which grows. gesso_jpeg_destination_close frees `bytes` or hands them over.
typedef struct {
    struct jpeg_destination_mgr base;
    uint8_t *bytes;
    size_t capacity;
    size_t count;
} gesso_jpeg_destination;

/// Allocates the first `capacity` bytes; 0 if memory cannot be allocated.
int gesso_jpeg_destination_open(gesso_jpeg_destination *destination, size_t capacity);
void gesso_jpeg_destination_set(gesso_jpeg_destination *destination, j_compress_ptr codec);
/// Moves the finished file to `output`, or frees it after a failure.
void gesso_jpeg_destination_close(gesso_jpeg_destination *destination, gesso_codec_output *output,
                                  const gesso_codec_report *report);

/// Stops libjpeg on cancellation, after the time limit and after too many scans.
typedef struct {
    struct jpeg_progress_mgr base;
    /// Started by the caller.
    gesso_watch_run watch;
    /// 0 for no limit, and when writing.
    int maximum_scans;
} gesso_jpeg_progress;

void gesso_jpeg_progress_set(gesso_jpeg_progress *progress, j_common_ptr codec);
/// The same check between calls of libjpeg. Does not return if it must stop.
void gesso_jpeg_progress_check(gesso_jpeg_progress *progress, j_common_ptr codec);

#endif
