#include "reference_decoders.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// jpeglib.h needs size_t and FILE first.
#include <jpeglib.h>

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf jump;
    reference_result *verdict;
} errors;

static void on_error(j_common_ptr codec) {
    errors *state = (errors *)codec->err;
    char text[JMSG_LENGTH_MAX];
    state->base.format_message(codec, text);
    strncpy(state->verdict->reason, text, sizeof state->verdict->reason - 1);
    longjmp(state->jump, 1);
}

static void on_message(j_common_ptr codec, int level) {
    if (level < 0) codec->err->num_warnings++;
}

static void read_all(struct jpeg_decompress_struct *codec, errors *state, const uint8_t *data, size_t count) {
    reference_result *verdict = state->verdict;
    if (setjmp(state->jump)) return;
    jpeg_create_decompress(codec);
    jpeg_mem_src(codec, data, count);
    jpeg_read_header(codec, TRUE);
    int tells = codec->num_components != 4;
    codec->out_color_space = codec->num_components == 1 ? JCS_GRAYSCALE : tells ? JCS_RGB : JCS_CMYK;
    codec->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(codec);
    verdict->width = codec->output_width;
    verdict->height = codec->output_height;
    size_t stride = (size_t)codec->output_width * (size_t)codec->output_components;
    verdict->pixels = malloc(stride * codec->output_height);
    if (!verdict->pixels) return;
    while (codec->output_scanline < codec->output_height) {
        JSAMPROW row = verdict->pixels + codec->output_scanline * stride;
        jpeg_read_scanlines(codec, &row, 1);
    }
    jpeg_finish_decompress(codec);
    verdict->channels = tells ? codec->output_components : 0;
    // A fake end of image, put in by jpeg_mem_src, comes with a warning.
    verdict->accepted = state->base.num_warnings == 0;
    if (!verdict->accepted) strncpy(verdict->reason, "warnings", sizeof verdict->reason - 1);
}

reference_result reference_jpeg(const uint8_t *data, size_t count) {
    reference_result verdict = {0};
    struct jpeg_decompress_struct codec = {0};
    errors state = {.verdict = &verdict};
    codec.err = jpeg_std_error(&state.base);
    state.base.error_exit = on_error;
    state.base.emit_message = on_message;
    read_all(&codec, &state, data, count);
    jpeg_destroy_decompress(&codec);
    if (!verdict.accepted || verdict.channels == 0) reference_free(&verdict);
    return verdict;
}
