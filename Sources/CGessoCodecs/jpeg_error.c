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
    gesso_codec_status status = status_of(errors);
    int is_damage = status == GESSO_CODEC_CORRUPT || status == GESSO_CODEC_TRUNCATED;
    if (is_damage && errors->is_complete && errors->level != GESSO_LEVEL_STRICT)
        gesso_report_warn(errors->report, text);
    else
        gesso_report_fail(errors->report, status, text);
    longjmp(errors->jump, 1);
}

static void note_row(j_common_ptr codec, int64_t row) {
    int64_t *first = &((gesso_jpeg_errors *)codec->err)->report->first_invalid_row;
    if (*first < 0 || row < *first) *first = row;
}

static void on_message(j_common_ptr codec, int level) {
    if (level >= 0) return;
    gesso_jpeg_errors *errors = (gesso_jpeg_errors *)codec->err;
    char text[JMSG_LENGTH_MAX];
    errors->base.format_message(codec, text);
    gesso_report_warn(errors->report, text);
    errors->base.num_warnings++;
    gesso_message_class class = gesso_jpeg_message_class(errors->base.msg_code, errors->base.msg_parm.i[1]);
    if (class == GESSO_MESSAGE_DAMAGE && errors->doubtful_row) note_row(codec, errors->doubtful_row(codec));
    if (gesso_is_error(class, errors->level)) on_error(codec);
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

void gesso_jpeg_warn_of_end(j_decompress_ptr codec) {
    gesso_jpeg_errors *errors = (gesso_jpeg_errors *)codec->err;
    errors->out_of_data = 1;
    WARNMS(codec, JWRN_JPEG_EOF);
    if (!codec->arith_code || errors->is_complete) return;
    if (errors->level != GESSO_LEVEL_LENIENT)
        gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_TRUNCATED, "the file ends before its image does");
    if (errors->doubtful_row) note_row((j_common_ptr)codec, errors->doubtful_row((j_common_ptr)codec));
}

int gesso_jpeg_has_all_bits(j_decompress_ptr codec) {
    for (int i = 0; codec->coef_bits && i < codec->num_components; i++)
        for (int k = 0; k < DCTSIZE2; k++)
            if (codec->coef_bits[i][k] != 0) return 0;
    return 1;
}

void gesso_jpeg_check_scans(j_decompress_ptr codec) {
    gesso_jpeg_errors *errors = (gesso_jpeg_errors *)codec->err;
    gesso_codec_status status = errors->out_of_data ? GESSO_CODEC_TRUNCATED : GESSO_CODEC_CORRUPT;
    // Encoders write a scan for each component.
    for (int i = 0; i < codec->num_components; i++)
        if (!codec->comp_info[i].quant_table || (codec->coef_bits && codec->coef_bits[i][0] < 0))
            gesso_jpeg_stop((j_common_ptr)codec, status, "a component has no data");
    if (!errors->out_of_data || gesso_jpeg_has_all_bits(codec)) return;
    static const char message[] = "the file ends before its last scan";
    if (errors->level != GESSO_LEVEL_LENIENT) gesso_jpeg_stop((j_common_ptr)codec, status, message);
    gesso_report_warn(errors->report, message);
    note_row((j_common_ptr)codec, 0);
}

struct jpeg_error_mgr *gesso_jpeg_errors_start(gesso_jpeg_errors *errors, gesso_codec_report *report,
                                              gesso_decode_level level) {
    memset(errors, 0, sizeof *errors);
    struct jpeg_error_mgr *base = jpeg_std_error(&errors->base);
    base->error_exit = on_error;
    base->emit_message = on_message;
    base->output_message = on_output;
    errors->report = report;
    errors->level = level;
    return base;
}
