// Converts rows of pixels to the planes that AVIF encoders take: luma, and chroma at full or half resolution.

#include "heif_samples.h"

#include <string.h>

// Y = 0.299 R + 0.587 G + 0.114 B; Cb = (B - Y) / 1.772 + 128; Cr = (R - Y) / 1.402 + 128, with 16 fractional bits.

enum { one = 1 << 16, half = one / 2 };

static uint8_t luma(int r, int g, int b) { return (uint8_t)((19595 * r + 38470 * g + 7471 * b + half) >> 16); }

static uint8_t clamped(int value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

/// Both chroma components of the mean of `1 << shift` pixels, whose samples are given as sums.
static void put_chroma(int r, int g, int b, int shift, uint8_t *cb, uint8_t *cr) {
    const int bits = 16 + shift, middle = (128 << bits) + (1 << (bits - 1));
    *cb = clamped((-11059 * r - 21709 * g + 32768 * b + middle) >> bits);
    *cr = clamped((32768 * r - 27439 * g - 5329 * b + middle) >> bits);
}

static void put_row(const gesso_codec_image *image, const uint8_t *row, uint32_t y, const gesso_ycc_planes *planes) {
    const size_t channels = (size_t)image->channels;
    uint8_t *luma_row = planes->rows[0] + y * planes->strides[0];
    if (channels == 1) {
        memcpy(luma_row, row, image->width);
        return;
    }
    for (uint32_t x = 0; x < image->width; ++x) {
        const uint8_t *pixel = row + x * channels;
        luma_row[x] = luma(pixel[0], pixel[1], pixel[2]);
    }
    if (planes->rows[3]) {
        uint8_t *alpha = planes->rows[3] + y * planes->strides[3];
        for (uint32_t x = 0; x < image->width; ++x) alpha[x] = row[x * channels + 3];
    }
    if (planes->halves_chroma) return;
    uint8_t *cb = planes->rows[1] + y * planes->strides[1], *cr = planes->rows[2] + y * planes->strides[2];
    for (uint32_t x = 0; x < image->width; ++x) {
        const uint8_t *pixel = row + x * channels;
        put_chroma(pixel[0], pixel[1], pixel[2], 0, cb + x, cr + x);
    }
}

/// A row of subsampled chroma from two rows of pixels; at an odd edge a pixel counts twice.
static void put_half_row(const gesso_codec_image *image, const uint8_t *upper, const uint8_t *lower, uint8_t *cb,
                         uint8_t *cr) {
    const size_t channels = (size_t)image->channels;
    for (uint32_t x = 0; x < image->width; x += 2) {
        const size_t left = x * channels, right = (x + 1 < image->width ? x + 1 : x) * channels;
        int sums[3];
        for (size_t i = 0; i < 3; ++i) sums[i] = upper[left + i] + upper[right + i] + lower[left + i] + lower[right + i];
        put_chroma(sums[0], sums[1], sums[2], 2, cb + x / 2, cr + x / 2);
    }
}

void gesso_heif_to_ycc(const gesso_codec_image *image, const gesso_ycc_planes *planes) {
    for (uint32_t y = 0; y < image->height; ++y) {
        const uint8_t *row = image->pixels + y * image->bytes_per_row;
        put_row(image, row, y, planes);
        if (!planes->halves_chroma || image->channels == 1 || y % 2 == 1) continue;
        const uint8_t *next = y + 1 < image->height ? row + image->bytes_per_row : row;
        put_half_row(image, row, next, planes->rows[1] + y / 2 * planes->strides[1],
                     planes->rows[2] + y / 2 * planes->strides[2]);
    }
}
