// Encodes a PNG in its smallest form: palette, gray or fewer bits where no pixel changes.

#include "png_kind.h"
#include "png_survey.h"

#include <gesso_buffer.h>
#include <string.h>

/// A form in which to store the image.
typedef struct {
    int color_type, channels, bits;
} layout;

/// Whether the header of an ICC profile states gray (ICC.1:2010, 7.2).
static int is_gray_profile(const uint8_t *profile, size_t count) {
    return profile && count >= 20 && memcmp(profile + 16, "GRAY", 4) == 0;
}

/// The plain form without channels that have no information. An RGB profile does not apply to gray.
static layout without_idle_channels(const gesso_codec_image *image, int has_color_profile) {
    int opaque = gesso_png_is_opaque(image);
    int gray = image->channels == 1 || (!has_color_profile && gesso_png_is_gray(image));
    layout as = {.color_type = (gray ? 0 : 2) + (opaque ? 0 : 4), .bits = image->bits};
    as.channels = (gray ? 1 : 3) + (opaque ? 0 : 1);
    if (as.color_type == 0 && as.bits == 8) as.bits = gesso_png_gray_bits(image);
    return as;
}

/// Packs samples of less than a byte in place, the first in the highest bits (PNG 3rd edition, 7.2).
static void pack(uint8_t *row, uint32_t width, int bits) {
    unsigned per_byte = 8u / (unsigned)bits;
    for (uint32_t x = 0, out = 0; x < width; out++) {
        unsigned byte = 0;
        for (unsigned i = 0; i < per_byte; i++, x++) byte = byte << bits | (x < width ? row[x] : 0u);
        row[out] = (uint8_t)byte;
    }
}

/// Copies the first sample or the first three of each pixel, and its alpha if kept; packs samples of less than 8 bits.
static void copy_row(const gesso_codec_image *image, layout as, const uint8_t *from, uint8_t *to) {
    size_t sample = (size_t)image->bits / 8, step = sample * (size_t)image->channels;
    size_t color = sample * (as.color_type & 2 ? 3 : 1), alpha = as.color_type & 4 ? sample : 0;
    for (uint32_t x = 0; x < image->width; x++, from += step) {
        memcpy(to, from, color);
        to += color;
        memcpy(to, from + step - alpha, alpha);
        to += alpha;
    }
    if (as.bits >= 8) return;
    to -= image->width;
    for (uint32_t x = 0; x < image->width; x++) to[x] = (uint8_t)(to[x] >> (8 - as.bits));
    pack(to, image->width, as.bits);
}

/// Writes the index of each pixel; packs indices of less than 8 bits.
static void index_row(const gesso_codec_image *image, const gesso_png_colors *colors, const uint8_t *place, int bits,
                      const uint8_t *from, uint8_t *to) {
    uint32_t last = gesso_png_color(from, image->channels);
    uint8_t index = place[gesso_png_color_index(colors, last)];
    for (uint32_t x = 0; x < image->width; x++, from += image->channels) {
        uint32_t color = gesso_png_color(from, image->channels);
        if (color != last) index = place[gesso_png_color_index(colors, color)];
        last = color;
        to[x] = index;
    }
    if (bits < 8) pack(to, image->width, bits);
}

/// Fills PLTE and tRNS and maps each color to its index; transparent colors come first, so that tRNS is short.
static void arrange(const gesso_png_colors *colors, gesso_png_kind *kind, uint8_t place[256]) {
    kind->color_type = 3;
    for (int opaque = 0; opaque <= 1; opaque++) {
        for (int i = 0; i < colors->count; i++) {
            uint32_t color = colors->colors[i];
            if ((color >> 24 == 255) != opaque) continue;
            place[i] = (uint8_t)kind->colors;
            for (int channel = 0; channel < 4; channel++)
                kind->palette[kind->colors][channel] = (uint8_t)(color >> (8 * channel));
            kind->colors++;
        }
        if (!opaque) kind->transparent_colors = kind->colors;
    }
}

typedef struct {
    const gesso_codec_image *image;
    int effort;
    const uint8_t *profile;
    size_t profile_count;
    const gesso_codec_watch *watch;
    gesso_codec_report *report;
} encode_run;

/// Converts the image to the form `as` (to a palette if `colors` is given) and encodes it.
static void encode(const encode_run *run, layout as, const gesso_png_colors *colors, gesso_codec_output *output) {
    const gesso_codec_image *image = run->image;
    gesso_png_kind kind = {.color_type = as.color_type};
    uint8_t place[256];
    if (colors) arrange(colors, &kind, place);
    // Rows of less than 8 bits a sample are written as bytes and packed in place, so they need a byte for each pixel.
    gesso_codec_image reduced = {
        .width = image->width, .height = image->height, .channels = as.channels, .bits = as.bits};
    reduced.bytes_per_row = as.bits < 8 ? image->width : gesso_png_row_bytes(&reduced);
    reduced.capacity = reduced.bytes_per_row * image->height;
    reduced.pixels = gesso_buffer_allocate(reduced.capacity, 0);
    if (!reduced.pixels)
        return gesso_report_fail(run->report, GESSO_CODEC_NO_MEMORY, "no memory for the reduced image");
    for (uint32_t y = 0; y < image->height; y++) {
        const uint8_t *from = image->pixels + (size_t)y * image->bytes_per_row;
        uint8_t *to = reduced.pixels + (size_t)y * reduced.bytes_per_row;
        if (colors)
            index_row(image, colors, place, as.bits, from, to);
        else
            copy_row(image, as, from, to);
    }
    gesso_png_encode_as(&reduced, &kind, run->effort, run->profile, run->profile_count, run->watch, output,
                        run->report);
    gesso_buffer_free(reduced.pixels);
}

/// The number of colors for which an index takes fewer bits than the plain form.
static int most_colors(layout plain) {
    int bits = plain.channels * plain.bits;
    return bits > 8 ? 256 : bits > 4 ? 16 : bits > 2 ? 4 : bits > 1 ? 2 : 0;
}

/// Up to this size both forms are tried: it takes little time, and a palette may be larger.
static const uint64_t small_image = 1 << 16;

void gesso_png_encode_reduced(const gesso_codec_image *image, int effort, const uint8_t *profile,
                              size_t profile_count, const gesso_codec_watch *watch, gesso_codec_output *output,
                              gesso_codec_report *report) {
    gesso_report_reset(report);
    *output = (gesso_codec_output){0};
    if (!image->width || !image->height)
        return gesso_report_fail(report, GESSO_CODEC_MISUSE, "invalid size");
    encode_run run = {image, effort, profile, profile_count, watch, report};
    // A gray profile does not apply to a palette.
    int has_gray_profile = is_gray_profile(profile, profile_count);
    layout plain = without_idle_channels(image, profile != NULL && !has_gray_profile);
    gesso_png_colors colors = {.count = 0};
    int most = image->channels >= 3 && image->bits == 8 && !has_gray_profile ? most_colors(plain) : 0;
    int count = most ? gesso_png_count_colors(image, most, &colors) : 0;
    layout indexed = {.color_type = 3, .channels = 1, .bits = count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8};
    int palette = count > 0;
    // Filters may compress smooth images better than indices, which cannot be filtered: with many colors, try both
    // forms.
    int both = palette && (indexed.bits == 8 || (uint64_t)image->width * image->height <= small_image);
    if (palette) encode(&run, indexed, &colors, output);
    if (report->status != GESSO_CODEC_OK || (palette && !both)) return;
    gesso_codec_output other = {0};
    if (plain.channels == image->channels && plain.bits == image->bits)
        gesso_png_encode(image, effort, profile, profile_count, watch, &other, report);
    else
        encode(&run, plain, NULL, &other);
    if (report->status == GESSO_CODEC_OK && (!palette || other.count < output->count)) {
        gesso_codec_output smaller = other;
        other = *output;
        *output = smaller;
    }
    gesso_codec_free(other.bytes);
    if (report->status == GESSO_CODEC_OK) return;
    gesso_codec_free(output->bytes);
    *output = (gesso_codec_output){0};
}
