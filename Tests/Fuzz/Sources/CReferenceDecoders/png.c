#include "reference_decoders.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *data;
    size_t left;
    reference_result *verdict;
} run;

static void say(reference_result *verdict, const char *text) {
    if (!verdict->reason[0]) strncpy(verdict->reason, text, sizeof verdict->reason - 1);
}

static void on_error(png_structp png, png_const_charp message) {
    say(((run *)png_get_error_ptr(png))->verdict, message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void on_read(png_structp png, png_bytep to, size_t count) {
    run *source = png_get_io_ptr(png);
    if (count > source->left) png_error(png, "out of data");
    memcpy(to, source->data, count);
    source->data += count;
    source->left -= count;
}

static void read_all(png_structp png, png_infop info, png_bytep **rows, reference_result *verdict, int channels) {
    if (setjmp(png_jmpbuf(png))) return;
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_QUIET_USE);
    png_read_info(png, info);
    verdict->width = png_get_image_width(png, info);
    verdict->height = png_get_image_height(png, info);
    int color = png_get_color_type(png, info);
    if (channels == 4) {
        png_set_expand(png);
        if (!(color & PNG_COLOR_MASK_ALPHA) && !png_get_valid(png, info, PNG_INFO_tRNS))
            png_set_add_alpha(png, 0xffff, PNG_FILLER_AFTER);
    } else {
        png_set_palette_to_rgb(png);
        png_set_expand_gray_1_2_4_to_8(png);
        png_set_strip_alpha(png);
    }
    png_set_scale_16(png);
    if (channels > 1) png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    size_t stride = (size_t)verdict->width * (size_t)channels;
    if (png_get_rowbytes(png, info) != stride) png_error(png, "another layout");
    verdict->pixels = calloc(verdict->height, stride);
    *rows = malloc(verdict->height * sizeof **rows);
    if (!verdict->pixels || !*rows) png_error(png, "no memory");
    for (uint32_t y = 0; y < verdict->height; y++) (*rows)[y] = verdict->pixels + y * stride;
    png_read_image(png, *rows);
    png_read_end(png, NULL);
    verdict->channels = channels;
    verdict->accepted = 1;
}

reference_result reference_png(const uint8_t *data, size_t count, int channels) {
    reference_result verdict = {0};
    run source = {data, count, &verdict};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    png_bytep *rows = NULL;
    if (info) {
        png_set_read_fn(png, &source, on_read);
        read_all(png, info, &rows, &verdict, channels);
    }
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    if (!verdict.accepted) reference_free(&verdict);
    return verdict;
}

void reference_free(reference_result *verdict) {
    free(verdict->pixels);
    verdict->pixels = NULL;
}
