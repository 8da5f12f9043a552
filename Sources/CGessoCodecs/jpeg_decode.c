// Decodes a JPEG to rows of pixels with libjpeg, at a fraction of its size where asked.

#include "jpeg_stream.h"

#include <gesso_buffer.h>
#include <string.h>

/// The state that changes after setjmp; it is in the caller's frame.
typedef struct {
    struct jpeg_decompress_struct codec;
    gesso_jpeg_errors errors;
    gesso_jpeg_source source;
    gesso_jpeg_progress progress;
    uint8_t *cmyk_row;
} jpeg_run;

/// DSTATE_READY of libjpeg's jpegint.h, which is not installed: the lowest state in which the header has been read.
enum { header_is_read = 202 };

/// The first row that may be wrong after a warning. Rows are decoded in groups of blocks, and the last row of a group
/// is smoothed with the first one of the next group.
static int64_t doubtful_row(j_common_ptr common) {
    j_decompress_ptr codec = (j_decompress_ptr)common;
    gesso_jpeg_errors *errors = (gesso_jpeg_errors *)codec->err;
    // With several scans, every row depends on the last scan.
    if (codec->global_state < header_is_read || (errors->out_of_data && jpeg_has_multiple_scans(codec))) return 0;
    int64_t row = (int64_t)codec->input_iMCU_row * codec->max_v_samp_factor * codec->min_DCT_scaled_size;
    return row > 0 ? row - 1 : 0;
}

/// c × k / 255, rounded: the light that both inks let through.
static uint8_t through(unsigned c, unsigned k) {
    unsigned product = c * k + 128;
    return (uint8_t)((product + (product >> 8)) >> 8);
}

/// Converts CMYK to RGB without a profile. JPEG files store inverted inks, as Adobe does, with and without its marker.
static void plain_cmyk(const uint8_t *from, uint8_t *to, uint32_t width) {
    for (uint32_t x = 0; x < width; x++, from += 4, to += 3)
        for (int channel = 0; channel < 3; channel++) to[channel] = through(from[channel], from[3]);
}

static void read_rows(jpeg_run *run, const gesso_jpeg_options *options, const gesso_codec_image *image) {
    j_decompress_ptr codec = &run->codec;
    while (codec->output_scanline < codec->output_height) {
        uint32_t y = codec->output_scanline;
        run->errors.rows_done = y;
        uint8_t *row = image->pixels + (size_t)y * image->bytes_per_row;
        JSAMPROW target = run->cmyk_row ? run->cmyk_row : row;
        if (jpeg_read_scanlines(codec, &target, 1) != 1)
            gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_CORRUPT, "the decoder stopped");
        if (!run->cmyk_row) continue;
        if (options->cmyk)
            gesso_color_apply(options->cmyk, run->cmyk_row, row, image->width);
        else
            plain_cmyk(run->cmyk_row, row, image->width);
    }
    run->errors.rows_done = image->height;
    run->errors.is_complete = 1;
}

static void decode(jpeg_run *run, const uint8_t *data, size_t count, const gesso_jpeg_options *options,
                   const gesso_codec_image *image) {
    j_decompress_ptr codec = &run->codec;
    if (setjmp(run->errors.jump)) return;
    jpeg_create_decompress(codec);
    if (options->maximum_memory) codec->mem->max_memory_to_use = (long)options->maximum_memory;
    gesso_jpeg_progress_set(&run->progress, (j_common_ptr)codec);
    gesso_jpeg_source_set(&run->source, codec, data, count);
    jpeg_read_header(codec, TRUE);
    gesso_jpeg_check_header(codec, &options->header);
    int is_cmyk = codec->num_components == 4;
    codec->out_color_space = is_cmyk ? JCS_CMYK : image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    codec->scale_num = 8 / (unsigned)options->denominator;
    codec->scale_denom = 8;
    codec->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(codec);
    if (codec->output_width != image->width || codec->output_height != image->height ||
        codec->output_components != (is_cmyk ? 4 : image->channels) || (is_cmyk && image->channels != 3))
        gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_CORRUPT, "the header changed its size or layout");
    // All scans have been read here, or there is only one.
    gesso_jpeg_check_scans(codec);
    if (is_cmyk) {
        run->cmyk_row = gesso_buffer_allocate((size_t)image->width * 4, 0);
        if (!run->cmyk_row) gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_NO_MEMORY, "no memory for a row");
    }
    read_rows(run, options, image);
    // Reads up to the end of the image.
    jpeg_finish_decompress(codec);
}

/// libjpeg reads all scans of a progressive file before it decodes the first row. If it stopped at a marker after the
/// last scan, returns the number of bytes before that marker; otherwise 0.
static size_t decode_once(const uint8_t *data, size_t count, const gesso_jpeg_options *options,
                          const gesso_codec_image *image, gesso_watch_run watch, gesso_codec_report *report) {
    jpeg_run run;
    memset(&run, 0, sizeof run);
    run.codec.err = gesso_jpeg_errors_start(&run.errors, report, options->level);
    run.errors.doubtful_row = doubtful_row;
    run.progress.watch = watch;
    run.progress.maximum_scans = options->maximum_scans;
    decode(&run, data, count, options, image);
    int is_behind = report->status == GESSO_CODEC_CORRUPT && !run.errors.out_of_data && run.errors.rows_done == 0 &&
                    run.codec.coef_bits && gesso_jpeg_has_all_bits(&run.codec);
    size_t position = is_behind ? (size_t)(run.source.base.next_input_byte - data) : 0;
    jpeg_destroy_decompress(&run.codec);
    gesso_buffer_free(run.cmyk_row);
    // Damage after the last group of rows.
    if (report->first_invalid_row >= image->height) report->first_invalid_row = -1;
    if (report->status != GESSO_CODEC_OK && run.errors.rows_done < image->height &&
        (report->first_invalid_row < 0 || report->first_invalid_row > run.errors.rows_done))
        report->first_invalid_row = run.errors.rows_done;
    return position > 2 && position <= count ? position - 2 : 0;
}

void gesso_jpeg_decode(const uint8_t *data, size_t count, const gesso_jpeg_options *options,
                       const gesso_codec_image *image, const gesso_codec_watch *watch, gesso_codec_report *report) {
    gesso_report_reset(report);
    gesso_watch_run started = gesso_watch_start(watch);
    size_t scans_end = decode_once(data, count, options, image, started, report);
    if (!scans_end || options->level == GESSO_LEVEL_STRICT) return;
    // Decode again up to the end of the scans: what follows them is damaged.
    gesso_codec_report first = *report;
    gesso_report_reset(report);
    gesso_report_warn(report, first.message);
    decode_once(data, scans_end, options, image, started, report);
    if (report->status != GESSO_CODEC_OK) *report = first;
}

gesso_jpeg_counts gesso_jpeg_count(const uint8_t *data, size_t count, gesso_jpeg_counts maximum) {
    const uint8_t *at = data, *end = data + count;
    gesso_jpeg_counts found = {0, 0};
    while (end - at >= 2) {
        if (*at != 0xff) {
            at = memchr(at, 0xff, (size_t)(end - at));
            if (!at || end - at < 2) break;
        }
        uint8_t marker = at[1];
        if (marker == 0xd9) break;
        if (marker == 0xff) {
            while (end - at >= 2 && at[1] == 0xff) at++;
            continue;
        }
        at += 2;
        // Stuffed zero, restart markers, TEM and SOI have no length (ITU-T T.81 B.1.1.3).
        if (marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd8)) continue;
        if (marker == 0xda && ++found.scans > maximum.scans) break;
        if (++found.segments > maximum.segments) break;
        if (end - at < 2) break;
        size_t length = (size_t)at[0] << 8 | at[1];
        if (length > (size_t)(end - at)) break;
        at += length < 2 ? 2 : length;
    }
    return found;
}
