// Decodes a PNG of any kind to rows of pixels with libpng.

#include "png_source.h"
#include "report.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/// The state that changes after setjmp; it is in the caller's frame, so a longjmp does not lose it.
typedef struct {
    gesso_png_source source;
    gesso_codec_report *report;
    gesso_watch_run watch;
    gesso_decode_level level;
    int no_memory;
    int out_of_data;
    int64_t rows_done;
    /// Set when all pixels and their checksums have been read: an error after that affects no pixel.
    int is_complete;
    /// Whether the zlib stream may use a larger window than it states.
    int any_window;
    gesso_codec_status stopped;
    /// Bytes read since the last check of the watch.
    size_t unwatched;
} png_run;

static void on_error(png_structp png, png_const_charp message) {
    png_run *run = png_get_error_ptr(png);
    gesso_codec_status status = run->no_memory     ? GESSO_CODEC_NO_MEMORY
                                : run->stopped     ? run->stopped
                                : run->out_of_data ? GESSO_CODEC_TRUNCATED
                                                   : GESSO_CODEC_CORRUPT;
    int is_damage = status == GESSO_CODEC_CORRUPT || status == GESSO_CODEC_TRUNCATED;
    if (is_damage && run->is_complete && run->level != GESSO_LEVEL_STRICT)
        gesso_report_warn(run->report, message);
    else
        gesso_report_fail(run->report, status, message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    png_run *run = png_get_error_ptr(png);
    gesso_report_warn(run->report, message);
    gesso_message_class class = gesso_png_message_class(message);
    if (gesso_is_error(class, run->level)) png_error(png, message);
    if (class == GESSO_MESSAGE_DAMAGE && run->report->first_invalid_row < 0)
        run->report->first_invalid_row = run->rows_done;
}

/// The watch is also checked by bytes, because a single row may consume any number of them.
static void watch_input(png_structp png, png_run *run, size_t count) {
    run->unwatched += count;
    if (run->unwatched < 1 << 16) return;
    run->unwatched = 0;
    if ((run->stopped = gesso_watch_check(&run->watch)) != GESSO_CODEC_OK)
        png_error(png, gesso_watch_reason(run->stopped));
}

static void on_read(png_structp png, png_bytep to, size_t count) {
    png_run *run = png_get_io_ptr(png);
    watch_input(png, run, count);
    if (gesso_png_source_read(&run->source, to, count)) return;
    run->out_of_data = 1;
    png_error(png, run->is_complete ? "the file ends after its pixels without IEND"
                                    : "the file ends before its image does");
}

static void *on_allocate(png_structp png, png_alloc_size_t count) {
    void *memory = malloc(count);
    if (!memory) ((png_run *)png_get_mem_ptr(png))->no_memory = 1;
    return memory;
}

static void on_free(png_structp png, void *memory) {
    (void)png;
    free(memory);
}

/// Configures libpng to decode into the layout of `image`.
static void set_transforms(png_structp png, png_infop info, const gesso_codec_image *image) {
    int color = png_get_color_type(png, info);
    int depth = png_get_bit_depth(png, info);
    int has_key = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (color == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (has_key && image->channels == 4) png_set_tRNS_to_alpha(png);
    if (depth == 16 && image->bits == 8) png_set_scale_16(png);
    if (depth < 16 && image->bits == 16) png_set_expand_16(png);
    if (!(color & PNG_COLOR_MASK_COLOR) && image->channels != 1) png_set_gray_to_rgb(png);
    int has_alpha = (color & PNG_COLOR_MASK_ALPHA) || has_key;
    if (image->channels == 4 && !has_alpha) png_set_add_alpha(png, 0xffff, PNG_FILLER_AFTER);
    if (image->channels != 4) png_set_strip_alpha(png);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (image->bits == 16) png_set_swap(png);
#endif
}

static void read_rows(png_structp png, png_run *run, const gesso_codec_image *image, int passes) {
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < image->height; y++) {
            if (y % 16 == 0 && (run->stopped = gesso_watch_check(&run->watch)) != GESSO_CODEC_OK)
                png_error(png, gesso_watch_reason(run->stopped));
            png_read_row(png, image->pixels + (size_t)y * image->bytes_per_row, NULL);
            if (pass == passes - 1) run->rows_done = y + 1;
        }
    }
}

static void decode(png_structp png, png_infop info, png_run *run, const gesso_codec_image *image) {
    if (setjmp(png_jmpbuf(png))) return;
    png_set_read_fn(png, run, on_read);
    png_set_user_limits(png, image->width, image->height);
    png_set_chunk_malloc_max(png, 4 << 20);
    png_set_chunk_cache_max(png, 64);
    if (run->any_window) png_set_option(png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != image->width || png_get_image_height(png, info) != image->height)
        png_error(png, "the header changed its size");
    set_transforms(png, info, image);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_channels(png, info) != image->channels || png_get_bit_depth(png, info) != image->bits)
        png_error(png, "the header changed its layout");
    read_rows(png, run, image, passes);
    run->is_complete = 1;
    png_read_end(png, NULL);
}

static void decode_once(png_run run, const uint8_t *data, size_t count, const gesso_codec_image *image) {
    gesso_codec_report *report = run.report;
    gesso_png_source_start(&run.source, data, count);
    if (run.level != GESSO_LEVEL_STRICT && gesso_png_source_shorten(&run.source))
        gesso_report_warn(report, "tRNS: wrong length; the entries of the palette or the one color are used");
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &run, on_error, on_warning, &run, on_allocate,
                                               on_free);
    if (!png) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the PNG decoder");
    png_infop info = png_create_info_struct(png);
    if (info)
        decode(png, info, &run, image);
    else
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the PNG decoder");
    png_destroy_read_struct(&png, &info, NULL);
    // Damage after the last row.
    if (report->first_invalid_row >= image->height) report->first_invalid_row = -1;
    if (report->status != GESSO_CODEC_OK && run.rows_done < image->height &&
        (report->first_invalid_row < 0 || report->first_invalid_row > run.rows_done))
        report->first_invalid_row = run.rows_done;
}

static void clear(const gesso_codec_image *image) {
    memset(image->pixels, 0, image->bytes_per_row * image->height);
}

static void decode_by_libpng(const uint8_t *data, size_t count, gesso_decode_level level,
                             const gesso_codec_image *image, gesso_watch_run watch, gesso_codec_report *report) {
    png_run run = {.report = report, .watch = watch, .level = level};
    decode_once(run, data, count, image);
    // zlib's text for a distance outside of the window that the stream states.
    int exceeds_window = report->status == GESSO_CODEC_CORRUPT && strstr(report->message, "too far back");
    if (level == GESSO_LEVEL_STRICT || !exceeds_window) return;
    gesso_codec_report first = *report;
    gesso_report_reset(report);
    clear(image);
    run.any_window = 1;
    decode_once(run, data, count, image);
    if (report->status == GESSO_CODEC_OK)
        gesso_report_warn(report, "IDAT: the zlib stream states a smaller window than it uses");
    else if (report->first_invalid_row == first.first_invalid_row)
        *report = first;
}

void gesso_png_decode_by_libpng(const uint8_t *data, size_t count, gesso_decode_level level,
                                const gesso_codec_image *image, const gesso_codec_watch *watch,
                                gesso_codec_report *report) {
    gesso_report_reset(report);
    decode_by_libpng(data, count, level, image, gesso_watch_start(watch), report);
}

void gesso_png_decode(const uint8_t *data, size_t count, gesso_decode_level level, const gesso_codec_image *image,
                      const gesso_codec_watch *watch, gesso_codec_report *report) {
    gesso_report_reset(report);
    // Both decoders share the time limit.
    gesso_watch_run run = gesso_watch_start(watch);
    if (gesso_png_decode_fast(data, count, image, watch)) return;
    // The pixels that the fast decoder has left are not valid.
    if (level == GESSO_LEVEL_LENIENT) clear(image);
    decode_by_libpng(data, count, level, image, run, report);
}
