// Counts the colors of an image and checks which channels hold information.

#include "png_survey.h"

static const uint8_t *row_of(const gesso_codec_image *image, uint32_t y) {
    return image->pixels + (size_t)y * image->bytes_per_row;
}

int gesso_png_is_opaque(const gesso_codec_image *image) {
    if (image->channels != 4) return 1;
    size_t width = image->width;
    for (uint32_t y = 0; y < image->height; y++) {
        unsigned all = 0xffff;
        if (image->bits == 16) {
            const uint16_t *row = (const uint16_t *)row_of(image, y);
            for (size_t x = 0; x < width; x++) all &= row[4 * x + 3];
            if (all != 0xffff) return 0;
        } else {
            const uint8_t *row = row_of(image, y);
            for (size_t x = 0; x < width; x++) all &= row[4 * x + 3];
            if (all != 0xff) return 0;
        }
    }
    return 1;
}

int gesso_png_is_gray(const gesso_codec_image *image) {
    if (image->channels < 3) return 1;
    size_t width = image->width, step = (size_t)image->channels;
    for (uint32_t y = 0; y < image->height; y++) {
        unsigned differences = 0;
        if (image->bits == 16) {
            const uint16_t *row = (const uint16_t *)row_of(image, y);
            for (const uint16_t *pixel = row; pixel < row + width * step && !differences; pixel += step)
                differences = (unsigned)((pixel[0] ^ pixel[1]) | (pixel[1] ^ pixel[2]));
        } else {
            const uint8_t *row = row_of(image, y);
            for (const uint8_t *pixel = row; pixel < row + width * step && !differences; pixel += step)
                differences = (unsigned)((pixel[0] ^ pixel[1]) | (pixel[1] ^ pixel[2]));
        }
        if (differences) return 0;
    }
    return 1;
}

int gesso_png_gray_bits(const gesso_codec_image *image) {
    size_t width = image->width, step = (size_t)image->channels;
    // Compares bits with those 4, 2 and 1 places higher: a sample of n bits is repeated (PNG 3rd edition, 13.12).
    unsigned by4 = 0, by2 = 0, by1 = 0;
    for (uint32_t y = 0; y < image->height; y++) {
        const uint8_t *row = row_of(image, y);
        for (size_t x = 0; x < width; x++) {
            unsigned value = row[x * step];
            by4 |= (value ^ value >> 4) & 0x0f;
            by2 |= (value ^ value >> 2) & 0x3f;
            by1 |= (value ^ value >> 1) & 0x7f;
        }
        if (by4) return 8;
    }
    return by2 ? 4 : by1 ? 2 : 1;
}

static unsigned slot_of(uint32_t color) { return color * 0x9e3779b1u >> 22; }

int gesso_png_color_index(const gesso_png_colors *colors, uint32_t color) {
    unsigned slot = slot_of(color);
    while (colors->slots[slot] && colors->colors[colors->slots[slot] - 1] != color)
        slot = (slot + 1) % GESSO_PNG_SLOTS;
    return colors->slots[slot] - 1;
}

/// Adds a color if it is new; 0 if there are `most` already.
static int add(gesso_png_colors *colors, int most, uint32_t color) {
    unsigned slot = slot_of(color);
    for (; colors->slots[slot]; slot = (slot + 1) % GESSO_PNG_SLOTS)
        if (colors->colors[colors->slots[slot] - 1] == color) return 1;
    if (colors->count == most) return 0;
    colors->colors[colors->count++] = color;
    colors->slots[slot] = (uint16_t)colors->count;
    return 1;
}

int gesso_png_count_colors(const gesso_codec_image *image, int most, gesso_png_colors *colors) {
    int channels = image->channels;
    *colors = (gesso_png_colors){0};
    uint32_t last = gesso_png_color(image->pixels, channels);
    if (!add(colors, most, last)) return 0;
    for (uint32_t y = 0; y < image->height; y++) {
        const uint8_t *pixel = row_of(image, y);
        for (uint32_t x = 0; x < image->width; x++, pixel += channels) {
            uint32_t color = gesso_png_color(pixel, channels);
            if (color == last) continue;
            if (!add(colors, most, color)) return 0;
            last = color;
        }
    }
    return colors->count;
}
