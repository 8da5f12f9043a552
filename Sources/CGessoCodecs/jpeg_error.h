#ifndef GESSO_CODECS_JPEG_ERROR_H
#define GESSO_CODECS_JPEG_ERROR_H

#include "report.h"

#include <setjmp.h>
#include <stdio.h>
// jpeglib.h needs size_t and FILE first.
#include <jpeglib.h>

/// An error manager for libjpeg that prints nothing, never exits, stores warnings, and treats the first one as an
/// error if strict.
typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf jump;
    gesso_codec_report *report;
    int strict;
    /// A status that is more precise than libjpeg's message; set by the code that stops libjpeg.
    gesso_codec_status reason;
    /// Set when the source has no more bytes.
    int out_of_data;
    int64_t rows_done;
    /// Returns the first row that may be wrong after a warning at this point; may be NULL.
    int64_t (*doubtful_row)(j_common_ptr codec);
} gesso_jpeg_errors;

struct jpeg_error_mgr *gesso_jpeg_errors_start(gesso_jpeg_errors *errors, gesso_codec_report *report, int strict);

/// Stops unless libjpeg has read the same header as the header parser. Called after jpeg_read_header, before decoding.
void gesso_jpeg_check_header(j_decompress_ptr codec, const gesso_codec_header *header);

/// Fails with the given text. Does not return.
void gesso_jpeg_stop(j_common_ptr codec, gesso_codec_status status, const char *message) __attribute__((noreturn));

#endif
