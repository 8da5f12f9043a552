#include "roof.h"

/* The kernels are no product of their own; they are linked in with Gesso. */
#include "../../../Sources/CGessoKernels/include/gesso_png.h"

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

static size_t channels_of(const uint8_t *png) {
    static const size_t channels[7] = {1, 0, 3, 1, 2, 0, 4};
    return png[25] < 7 ? channels[png[25]] : 0;
}

/* Inflates the IDAT stream into `rows`; 1 when it holds `size` bytes. Chunks are gathered when there are several. */
static int inflate_rows(const uint8_t *bytes, size_t count, uint8_t *rows, size_t size) {
    const uint8_t *stream = NULL;
    uint8_t *gathered = NULL;
    size_t stream_count = 0, chunks = 0;
    for (size_t at = 8; at + 12 <= count;) {
        size_t length = big_endian(bytes + at);
        if (length > count - at - 12) return 0;
        if (!memcmp(bytes + at + 4, "IDAT", 4)) {
            stream = bytes + at + 8;
            stream_count += length;
            chunks++;
        }
        at += length + 12;
    }
    if (chunks > 1) {
        stream = gathered = malloc(stream_count);
        if (!gathered) return 0;
        stream_count = 0;
        for (size_t at = 8; at + 12 <= count; at += (size_t)big_endian(bytes + at) + 12) {
            if (memcmp(bytes + at + 4, "IDAT", 4)) continue;
            memcpy(gathered + stream_count, bytes + at + 8, big_endian(bytes + at));
            stream_count += big_endian(bytes + at);
        }
    }
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    int done = decompressor &&
        libdeflate_zlib_decompress(decompressor, stream, stream_count, rows, size, NULL) == LIBDEFLATE_SUCCESS;
    libdeflate_free_decompressor(decompressor);
    free(gathered);
    return done;
}

int roof_libdeflate_inflate(const void *png, size_t count) {
    const uint8_t *bytes = png;
    if (count < 33) return 1;
    size_t size = (size_t)big_endian(bytes + 20) * (big_endian(bytes + 16) * channels_of(bytes) + 1);
    uint8_t *rows = malloc(size);
    int done = rows && inflate_rows(bytes, count, rows, size);
    free(rows);
    return !done;
}

/* Checksums of the pixel chunks, which every decoder computes. */
static int are_sound(const uint8_t *bytes, size_t count) {
    for (size_t at = 8; at + 12 <= count; at += (size_t)big_endian(bytes + at) + 12) {
        size_t length = big_endian(bytes + at);
        if (length > count - at - 12) return 0;
        if (libdeflate_crc32(0, bytes + at + 4, length + 4) != big_endian(bytes + at + 8 + length)) return 0;
    }
    return 1;
}

int roof_libdeflate_decode(const void *png, size_t count) {
    const uint8_t *bytes = png;
    if (count < 33 || !are_sound(bytes, count)) return 1;
    size_t width = big_endian(bytes + 16), height = big_endian(bytes + 20), channels = channels_of(bytes);
    size_t pitch = width * channels + 1, stride = (width * channels + 63) & ~(size_t)63, size = pitch * height;
    /* One buffer, as in Gesso: rows are inflated at its end and unfiltered in front of them, eight at a time. */
    size_t start = 8 * stride + (stride > pitch ? (stride - pitch) * height : 0);
    uint8_t *pixels = channels ? malloc(start + size + 64) : NULL;
    int done = pixels && inflate_rows(bytes, count, pixels + start, size) &&
        gesso_png_unfilter(pixels + start, pitch - 1, height, channels, pixels, stride, gesso_simd_level()) == height;
    free(pixels);
    return !done;
}

size_t roof_libdeflate_encode(const void *pixels, int width, int height, int channels, int stride, int level) {
    size_t row_bytes = (size_t)width * (size_t)channels, size = (row_bytes + 1) * (size_t)height;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(level);
    size_t bound = libdeflate_zlib_compress_bound(compressor, size), made = 0;
    uint8_t *filtered = malloc(size), *file = malloc(bound + 57);
    if (compressor && filtered && file) {
        const uint8_t *above = NULL;
        for (int y = 0; y < height; y++) {
            const uint8_t *row = (const uint8_t *)pixels + (size_t)y * (size_t)stride;
            gesso_png_filter(row, above, row_bytes, (size_t)channels, -1, filtered + (size_t)y * (row_bytes + 1),
                             gesso_simd_level());
            above = row;
        }
        /* Signature, IHDR, IDAT and IEND take 57 bytes. */
        made = libdeflate_zlib_compress(compressor, filtered, size, file + 41, bound);
        if (made) {
            uint32_t sum = libdeflate_crc32(0, file + 37, made + 4);
            memcpy(file + 41 + made, &sum, 4);
            made += 57;
        }
    }
    free(filtered);
    free(file);
    libdeflate_free_compressor(compressor);
    return made;
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
