// Puts decoded planes of HEIF images into rows of pixels.

#include "heif_samples.h"

static uint32_t scaled(uint32_t value, uint32_t from, uint32_t to) {
    return value >= from ? to : (value * to + from / 2) / from;
}

static uint32_t sample(const uint8_t *row, uint32_t x, int bits) {
    return bits > 8 ? ((const uint16_t *)(const void *)row)[x] : row[x];
}

static void put(uint8_t *row, size_t index, int bits, uint32_t value) {
    if (bits == 16)
        ((uint16_t *)(void *)row)[index] = (uint16_t)value;
    else
        row[index] = (uint8_t)value;
}

/// Copies one plane of a row into one channel of interleaved pixels, from column `x` on.
static void put_row(const gesso_heif_planes *planes, int plane, uint32_t y, uint32_t x, uint8_t *to, uint32_t count,
                    int channels, int channel, int bits) {
    const uint8_t *row = planes->rows[plane] + (size_t)y * planes->strides[plane];
    const uint32_t least = planes->is_limited ? 16u << (planes->bits - 8) : 0;
    if (planes->bits == 8 && bits == 8 && !least) {
        const uint8_t *from = row + x;
        for (uint32_t i = 0; i < count; ++i) to[(size_t)i * (size_t)channels + (size_t)channel] = from[i];
        return;
    }
    const uint32_t from = least ? 219u << (planes->bits - 8) : (1u << planes->bits) - 1, most = (1u << bits) - 1;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t value = sample(row, x + i, planes->bits);
        put(to, (size_t)i * (size_t)channels + (size_t)channel, bits, scaled(value > least ? value - least : 0, from, most));
    }
}

void gesso_heif_put(const gesso_heif_planes *planes, int64_t x, int64_t y, int is_alpha,
                    const gesso_codec_image *image) {
    int64_t left = x > 0 ? x : 0, top = y > 0 ? y : 0;
    int64_t right = x + planes->width < image->width ? x + planes->width : image->width;
    int64_t bottom = y + planes->height < image->height ? y + planes->height : image->height;
    if (left >= right) return;
    const uint32_t count = (uint32_t)(right - left), column = (uint32_t)(left - x);
    const size_t pixel = (size_t)image->channels * (size_t)image->bits / 8;
    const int colors = image->channels == 1 ? 1 : 3;
    for (int64_t row = top; row < bottom; ++row) {
        uint8_t *to = image->pixels + (size_t)row * image->bytes_per_row + (size_t)left * pixel;
        const uint32_t from = (uint32_t)(row - y);
        if (is_alpha) {
            put_row(planes, 0, from, column, to, count, image->channels, 3, image->bits);
            continue;
        }
        for (int channel = 0; channel < colors; ++channel)
            put_row(planes, planes->count == 1 ? 0 : channel, from, column, to, count, image->channels, channel,
                    image->bits);
        if (image->channels == 4)
            for (uint32_t i = 0; i < count; ++i)
                put(to, (size_t)i * 4 + 3, image->bits, image->bits == 16 ? 65535 : 255);
    }
}

void gesso_heif_unpremultiply(const gesso_codec_image *image) {
    const uint32_t most = image->bits == 16 ? 65535 : 255;
    for (uint32_t y = 0; y < image->height && image->channels == 4; ++y) {
        uint8_t *row = image->pixels + (size_t)y * image->bytes_per_row;
        for (uint32_t x = 0; x < image->width; ++x) {
            const uint32_t alpha = sample(row, x * 4 + 3, image->bits);
            if (alpha == most) continue;
            for (uint32_t channel = 0; channel < 3; ++channel) {
                const uint64_t value = sample(row, x * 4 + channel, image->bits);
                const uint64_t straight = alpha ? (value * most + alpha / 2) / alpha : 0;
                put(row, (size_t)x * 4 + channel, image->bits, straight > most ? most : (uint32_t)straight);
            }
        }
    }
}
