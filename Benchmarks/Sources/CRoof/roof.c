#include "roof.h"

#include <libdeflate.h>
#include <png.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <webp/encode.h>

void roof_copy(void *to, const void *from, size_t count) {
    memcpy(to, from, count);
    /* Without this the copy may be found useless. */
    __asm__ volatile("" : : "r"(to) : "memory");
}

int roof_libpng_decode(const void *png, size_t count, int channels) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, png, count)) return 1;
    image.format = channels == 4 ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
    void *pixels = malloc(PNG_IMAGE_SIZE(image));
    if (!pixels) {
        png_image_free(&image);
        return 1;
    }
    int done = png_image_finish_read(&image, NULL, pixels, 0, NULL);
    free(pixels);
    return done ? 0 : 1;
}

static uint32_t big_endian(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int roof_libdeflate_inflate(const void *png, size_t count) {
    const uint8_t *bytes = png;
    if (count < 33) return 1;
    uint32_t width = big_endian(bytes + 16), height = big_endian(bytes + 20);
    size_t channels = bytes[25] == 6 ? 4 : bytes[25] == 2 ? 3 : 1;
    size_t size = (size_t)height * (width * channels + 1);
    uint8_t *packed = malloc(count), *rows = malloc(size);
    size_t packed_count = 0;
    for (size_t at = 8; at + 12 <= count;) {
        size_t length = big_endian(bytes + at);
        if (length > count - at - 12) break;
        if (packed && !memcmp(bytes + at + 4, "IDAT", 4)) {
            memcpy(packed + packed_count, bytes + at + 8, length);
            packed_count += length;
        }
        at += length + 12;
    }
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    int failed = 1;
    if (packed && rows && decompressor)
        failed = libdeflate_zlib_decompress(decompressor, packed, packed_count, rows, size, NULL) != LIBDEFLATE_SUCCESS;
    libdeflate_free_decompressor(decompressor);
    free(packed);
    free(rows);
    return failed;
}

size_t roof_libwebp_encode(const void *rgb, int width, int height, int stride, int quality) {
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter writer;
    if (!WebPConfigInit(&config) || !WebPPictureInit(&picture)) return 0;
    config.quality = (float)quality;
    WebPMemoryWriterInit(&writer);
    picture.width = width;
    picture.height = height;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    size_t made = 0;
    if (WebPPictureImportRGB(&picture, rgb, stride) && WebPEncode(&config, &picture)) made = writer.size;
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&writer);
    return made;
}
