#ifndef GESSO_CODECS_JPEG_ERROR_H
#define GESSO_CODECS_JPEG_ERROR_H

#include "report.h"

#include <setjmp.h>
#include <stdio.h>
// jpeglib.h needs size_t and FILE first.
#include <jpeglib.h>

/// libjpeg's error manager as we want it: nothing on stderr, no exit, warnings kept, the first one fatal if strict.
typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf jump;
    gesso_codec_report *report;
    int strict;
    /// Set by whoever knows better than the message why libjpeg must stop.
    gesso_codec_status reason;
    /// Set once the source gave out.
    int out_of_data;
    int64_t rows_done;
    /// The first row that a warning given now throws doubt on; NULL when nobody wants to know.
    int64_t (*doubtful_row)(j_common_ptr codec);
} gesso_jpeg_errors;

struct jpeg_error_mgr *gesso_jpeg_errors_start(gesso_jpeg_errors *errors, gesso_codec_report *report, int strict);

/// Stops unless libjpeg has read the header that the parser read. Called between jpeg_read_header and any decoding.
void gesso_jpeg_check_header(j_decompress_ptr codec, const gesso_codec_header *header);

/// Fails with a text of ours. Does not return.
void gesso_jpeg_stop(j_common_ptr codec, gesso_codec_status status, const char *message) __attribute__((noreturn));

#endif
