// Encodes rows of pixels as JPEG with libjpeg.

#include "jpeg_stream.h"

#include <string.h>

typedef struct {
    struct jpeg_compress_struct codec;
    gesso_jpeg_errors errors;
    gesso_jpeg_destination destination;
    gesso_jpeg_progress progress;
} jpeg_run;

static void write_profile(j_compress_ptr codec, const uint8_t *profile, size_t count) {
    // ICC.1:2010 B.4: up to 255 APP2 segments of at most 65519 profile bytes each.
    const size_t most = 65519;
    size_t segments = (count + most - 1) / most;
    if (segments > 255)
        gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_UNSUPPORTED, "the profile is too long for JPEG");
    for (size_t segment = 0; segment < segments; segment++) {
        size_t length = count - segment * most < most ? count - segment * most : most;
        jpeg_write_m_header(codec, JPEG_APP0 + 2, (unsigned)length + 14);
        const char label[12] = "ICC_PROFILE";
        for (int i = 0; i < 12; i++) jpeg_write_m_byte(codec, label[i]);
        jpeg_write_m_byte(codec, (int)segment + 1);
        jpeg_write_m_byte(codec, (int)segments);
        for (size_t i = 0; i < length; i++) jpeg_write_m_byte(codec, profile[segment * most + i]);
    }
}

static void encode(jpeg_run *run, const gesso_codec_image *image, int quality, int horizontal, int vertical,
                   int progressive, const uint8_t *profile, size_t profile_count) {
    j_compress_ptr codec = &run->codec;
    if (setjmp(run->errors.jump)) return;
    jpeg_create_compress(codec);
    // Most of the work of several scans is in jpeg_finish_compress.
    gesso_jpeg_progress_set(&run->progress, (j_common_ptr)codec);
    gesso_jpeg_destination_set(&run->destination, codec);
    codec->image_width = image->width;
    codec->image_height = image->height;
    codec->input_components = image->channels;
    codec->in_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(codec);
    jpeg_set_quality(codec, quality, TRUE);
    codec->dct_method = JDCT_ISLOW;
    codec->optimize_coding = TRUE;
    if (image->channels == 3) {
        codec->comp_info[0].h_samp_factor = horizontal;
        codec->comp_info[0].v_samp_factor = vertical;
    }
    if (progressive) jpeg_simple_progression(codec);
    jpeg_start_compress(codec, TRUE);
    if (profile) write_profile(codec, profile, profile_count);
    while (codec->next_scanline < codec->image_height) {
        // libjpeg checks the watch once a call.
        JSAMPROW rows[16];
        JDIMENSION count = 0;
        for (JDIMENSION row = codec->next_scanline; row < codec->image_height && count < 16; row++)
            rows[count++] = image->pixels + (size_t)row * image->bytes_per_row;
        jpeg_write_scanlines(codec, rows, count);
    }
    jpeg_finish_compress(codec);
}

void gesso_jpeg_encode(const gesso_codec_image *image, int quality, int horizontal, int vertical, int progressive,
                       const uint8_t *profile, size_t profile_count, const gesso_codec_watch *watch,
                       gesso_codec_output *output, gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    jpeg_run run;
    memset(&run, 0, sizeof run);
    run.codec.err = gesso_jpeg_errors_start(&run.errors, report, GESSO_LEVEL_STRICT);
    run.progress.watch = gesso_watch_start(watch);
    // About the size of a photograph at quality 80; doubled when it is not enough.
    if (gesso_jpeg_destination_open(&run.destination, (size_t)image->width * image->height / 4 + 4096))
        encode(&run, image, quality, horizontal, vertical, progressive, profile, profile_count);
    else
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the file");
    jpeg_destroy_compress(&run.codec);
    gesso_jpeg_destination_close(&run.destination, output, report);
}
