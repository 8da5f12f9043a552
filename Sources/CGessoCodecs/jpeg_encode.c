// Encodes rows of pixels as JPEG with libjpeg.

#include "jpeg_error.h"

#include <gesso_buffer.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    struct jpeg_compress_struct codec;
    gesso_jpeg_errors errors;
    struct jpeg_destination_mgr destination;
    gesso_watch_run watch;
    uint8_t *bytes;
    size_t capacity, count;
} jpeg_run;

static void offer_space(jpeg_run *run) {
    run->destination.next_output_byte = run->bytes + run->count;
    run->destination.free_in_buffer = run->capacity - run->count;
}

static void on_start(j_compress_ptr codec) { offer_space((jpeg_run *)codec); }

static boolean on_full(j_compress_ptr codec) {
    jpeg_run *run = (jpeg_run *)codec;
    // libjpeg calls this when the whole buffer is full, and does not update free_in_buffer.
    run->count = run->capacity;
    uint8_t *larger = run->capacity > SIZE_MAX / 2 ? NULL : gesso_buffer_grow(run->bytes, run->count, run->capacity * 2);
    if (!larger) gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_NO_MEMORY, "no memory for the file");
    run->bytes = larger;
    run->capacity *= 2;
    offer_space(run);
    return TRUE;
}

static void on_end(j_compress_ptr codec) {
    jpeg_run *run = (jpeg_run *)codec;
    run->count = run->capacity - run->destination.free_in_buffer;
}

static void write_profile(j_compress_ptr codec, const uint8_t *profile, size_t count) {
    // ICC.1:2010 B.4: up to 255 APP2 segments of at most 65519 profile bytes each.
    const size_t most = 65519;
    size_t segments = (count + most - 1) / most;
    if (segments > 255) gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_UNSUPPORTED, "the profile is too long for JPEG");
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
    run->destination.init_destination = on_start;
    run->destination.empty_output_buffer = on_full;
    run->destination.term_destination = on_end;
    codec->dest = &run->destination;
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
        if (codec->next_scanline % 16 == 0) {
            gesso_codec_status status = gesso_watch_check(&run->watch);
            if (status != GESSO_CODEC_OK) gesso_jpeg_stop((j_common_ptr)codec, status, gesso_watch_reason(status));
        }
        JSAMPROW row = image->pixels + (size_t)codec->next_scanline * image->bytes_per_row;
        jpeg_write_scanlines(codec, &row, 1);
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
    run.watch = gesso_watch_start(watch);
    // About the size of a photograph at quality 80; doubled when it is not enough.
    run.capacity = (size_t)image->width * image->height / 4 + 4096;
    run.bytes = gesso_buffer_allocate(run.capacity, 0);
    if (run.bytes)
        encode(&run, image, quality, horizontal, vertical, progressive, profile, profile_count);
    else
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the file");
    jpeg_destroy_compress(&run.codec);
    if (report->status != GESSO_CODEC_OK) return gesso_buffer_free(run.bytes);
    output->bytes = gesso_buffer_fit(run.bytes, run.count);
    output->count = run.count;
}
