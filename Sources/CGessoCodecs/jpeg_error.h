#ifndef GESSO_CODECS_JPEG_ERROR_H
#define GESSO_CODECS_JPEG_ERROR_H

#include "report.h"

#include <setjmp.h>
#include <stdio.h>
// jpeglib.h needs size_t and FILE first.
#include <jpeglib.h>

/// An error manager for libjpeg that prints nothing, never exits, and stores warnings. A warning that the level does
/// not accept is an error.
typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf jump;
    gesso_codec_report *report;
    gesso_decode_level level;
    /// A status that is more precise than libjpeg's message; set by the code that stops libjpeg.
    gesso_codec_status reason;
    /// Set when the source has no more bytes.
    int out_of_data;
    int64_t rows_done;
    /// Set after the last row: an error after it affects no pixel.
    int is_complete;
    /// Returns the first row that may be wrong after a warning at this point; may be NULL.
    int64_t (*doubtful_row)(j_common_ptr codec);
} gesso_jpeg_errors;

/// Initializes `errors` and returns the value of the `err` member of a libjpeg struct. Errors jump to `jump`, which the
/// caller sets with setjmp.
struct jpeg_error_mgr *gesso_jpeg_errors_start(gesso_jpeg_errors *errors, gesso_codec_report *report,
                                              gesso_decode_level level);

/// Stops unless libjpeg has read the same header as the header parser. Called after jpeg_read_header, before decoding.
void gesso_jpeg_check_header(j_decompress_ptr codec, const gesso_codec_header *header);

/// Warns that the source has no more bytes, which is an error if strict. libjpeg continues with zero bits and warns if
/// it needs them, except with arithmetic coding, where missing data would not be noticed.
void gesso_jpeg_warn_of_end(j_decompress_ptr codec);

/// Checks that all scans are there; called when all of them have been read. libjpeg decodes a component without a scan
/// as gray, and a progressive file that ends between two scans with fewer bits, without a warning.
void gesso_jpeg_check_scans(j_decompress_ptr codec);

/// Whether the scans so far have all bits of all coefficients; true if the file is not progressive.
int gesso_jpeg_has_all_bits(j_decompress_ptr codec);

/// Fails with the given text. Does not return.
void gesso_jpeg_stop(j_common_ptr codec, gesso_codec_status status, const char *message) __attribute__((noreturn));

#endif
