// The error manager of every libjpeg call: turns its errors and warnings into statuses.

#include "jpeg_error.h"

#include <jerror.h>
#include <string.h>

static gesso_codec_status status_of(const gesso_jpeg_errors *errors) {
    if (errors->reason != GESSO_CODEC_OK) return errors->reason;
    switch (errors->base.msg_code) {
    case JERR_OUT_OF_MEMORY: return GESSO_CODEC_NO_MEMORY;
    case JERR_NO_BACKING_STORE: return GESSO_CODEC_LIMIT;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_NOT_COMPILED: return GESSO_CODEC_UNSUPPORTED;
    default: return errors->out_of_data ? GESSO_CODEC_TRUNCATED : GESSO_CODEC_CORRUPT;
    }
}

static void on_error(j_common_ptr codec) {
    gesso_jpeg_errors *errors = (gesso_jpeg_errors *)codec->err;
    char text[JMSG_LENGTH_MAX];
    errors->base.format_message(codec, text);
    gesso_report_fail(errors->report, status_of(errors), text);
    longjmp(errors->jump, 1);
}

static void on_message(j_common_ptr codec, int level) {
    if (level >= 0) return;
    gesso_jpeg_errors *errors = (gesso_jpeg_errors *)codec->err;
    char text[JMSG_LENGTH_MAX];
    errors->base.format_message(codec, text);
    gesso_report_warn(errors->report, text);
    errors->base.num_warnings++;
    if (errors->doubtful_row) {
        int64_t row = errors->doubtful_row(codec), known = errors->report->first_invalid_row;
        if (known < 0 || row < known) errors->report->first_invalid_row = row;
    }
    if (errors->strict) on_error(codec);
}

static void on_output(j_common_ptr codec) { (void)codec; }

void gesso_jpeg_stop(j_common_ptr codec, gesso_codec_status status, const char *message) {
    gesso_jpeg_errors *errors = (gesso_jpeg_errors *)codec->err;
    gesso_report_fail(errors->report, status, message);
    longjmp(errors->jump, 1);
}

void gesso_jpeg_check_header(j_decompress_ptr codec, const gesso_codec_header *header) {
    if (codec->image_width != header->width || codec->image_height != header->height ||
        (header->channels && codec->num_components != header->channels))
        gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_CORRUPT, "two frame headers of different size or layout");
}

struct jpeg_error_mgr *gesso_jpeg_errors_start(gesso_jpeg_errors *errors, gesso_codec_report *report, int strict) {
    memset(errors, 0, sizeof *errors);
    struct jpeg_error_mgr *base = jpeg_std_error(&errors->base);
    base->error_exit = on_error;
    base->emit_message = on_message;
    base->output_message = on_output;
    errors->report = report;
    errors->strict = strict;
    return base;
}
