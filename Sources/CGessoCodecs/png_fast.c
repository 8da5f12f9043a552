// Decodes the common kinds of PNG (not interlaced, 8 bits a channel) without libpng.

#include "gesso_codecs.h"
#include "report.h"

#include <gesso_inflate.h>
#include <gesso_png.h>
#include <libdeflate.h>
#include <string.h>

/// The result of one pass over the chunks.
typedef struct {
    int color_type;
    const uint8_t *palette, *transparency;
    size_t palette_count, transparency_count;
    /// The data of the first IDAT chunk, and the number of IDAT chunks, which are consecutive.
    const uint8_t *pixel_data;
    size_t pixel_chunks;
} png_parts;

static uint32_t big_endian(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/// Whether a chunk has this type.
static int is(const uint8_t *type, const char *name) { return memcmp(type, name, 4) == 0; }

static int take_header(png_parts *parts, const uint8_t *body, size_t length, const gesso_codec_image *image) {
    if (length != 13 || big_endian(body) != image->width || big_endian(body + 4) != image->height) return 0;
    // 8 bits, the only compression and filter methods, not interlaced.
    if (body[8] != 8 || body[10] || body[11] || body[12]) return 0;
    parts->color_type = body[9];
    return 1;
}

static int take_critical(png_parts *parts, const uint8_t *type, const uint8_t *body, size_t length) {
    if (is(type, "PLTE")) {
        if (parts->color_type != 3 || parts->palette || parts->pixel_chunks) return 0;
        if (length % 3 || length == 0 || length > 768) return 0;
        parts->palette = body;
        parts->palette_count = length / 3;
        return 1;
    }
    if (is(type, "tRNS")) {
        if (parts->color_type != 3 || !parts->palette || parts->transparency || parts->pixel_chunks) return 0;
        if (length == 0 || length > parts->palette_count) return 0;
        parts->transparency = body;
        parts->transparency_count = length;
        return 1;
    }
    return 0;
}

/// Collects the chunks of the pixels and checks their checksums; 0 for anything unusual, which is left to libpng.
static int find_parts(const uint8_t *data, size_t count, const gesso_codec_image *image, png_parts *parts) {
    size_t position = 8;
    int pixels_ended = 0;
    while (count - position >= 12) {
        const uint8_t *chunk = data + position, *type = chunk + 4, *body = chunk + 8;
        size_t length = big_endian(chunk);
        if (length > count - position - 12) return 0;
        int is_first = position == 8, is_pixels = is(type, "IDAT");
        if (is_first != is(type, "IHDR")) return 0;
        if (!(type[0] & 0x20) || is(type, "tRNS")) {
            if (libdeflate_crc32(0, type, length + 4) != big_endian(body + length)) return 0;
            if (is(type, "IEND")) return parts->pixel_chunks > 0 && length == 0;
            if (is_pixels) {
                if (pixels_ended) return 0;
                if (parts->pixel_chunks++ == 0) parts->pixel_data = body;
            } else if (is_first ? !take_header(parts, body, length, image)
                                : !take_critical(parts, type, body, length)) {
                return 0;
            }
        }
        if (parts->pixel_chunks && !is_pixels) pixels_ended = 1;
        position += length + 12;
    }
    return 0;
}

static size_t stored_channels(int color_type) {
    switch (color_type) {
    case 0:
    case 3: return 1;
    case 2: return 3;
    case 4: return 2;
    case 6: return 4;
    default: return 0;
    }
}

/// The offset from the pixels at which the filtered rows may begin, so that no group of eight rows overwrites data
/// that is still needed; 0 if the memory does not suffice.
static size_t place_rows(const gesso_codec_image *image, size_t pitch) {
    // The kernels read some bytes after the last row, and inflating may write there.
    size_t height = image->height, whole = pitch * height + GESSO_INFLATE_OVERRUN;
    if (whole > image->capacity) return 0;
    size_t start = image->capacity - whole;
    size_t first_group = height < 8 ? height : 8;
    // The distance between writing and reading changes linearly from row to row, so both ends decide.
    if (first_group * image->bytes_per_row > start) return 0;
    if (height * image->bytes_per_row > start + (height - first_group) * pitch) return 0;
    return start;
}

static void spread_gray_alpha(const uint8_t *from, uint8_t *to, size_t width) {
    for (size_t x = 0; x < width; x++) {
        uint8_t gray = from[2 * x], alpha = from[2 * x + 1];
        to[4 * x] = to[4 * x + 1] = to[4 * x + 2] = gray;
        to[4 * x + 3] = alpha;
    }
}

static void look_up(const uint8_t table[256][4], const uint8_t *from, uint8_t *to, size_t width, int channels) {
    if (channels == 4)
        for (size_t x = 0; x < width; x++) memcpy(to + 4 * x, table[from[x]], 4);
    else
        for (size_t x = 0; x < width; x++) memcpy(to + 3 * x, table[from[x]], 3);
}

/// Expands rows that are stored in fewer channels to the bitmap's pixels.
static void spread_rows(const png_parts *parts, const gesso_codec_image *image, const uint8_t *rows, size_t pitch) {
    uint8_t table[256][4];
    // An index outside the palette is opaque black, as in libpng.
    for (size_t i = 0; i < 256; i++) {
        int known = i < parts->palette_count;
        for (size_t c = 0; c < 3; c++) table[i][c] = known ? parts->palette[3 * i + c] : 0;
        table[i][3] = i < parts->transparency_count ? parts->transparency[i] : 255;
    }
    for (size_t y = 0; y < image->height; y++) {
        const uint8_t *from = rows + y * pitch + 1;
        uint8_t *to = image->pixels + y * image->bytes_per_row;
        if (parts->color_type == 4)
            spread_gray_alpha(from, to, image->width);
        else
            look_up(table, from, to, image->width, image->channels);
    }
}

static int unfilter(const png_parts *parts, const gesso_codec_image *image, uint8_t *rows, size_t row_bytes) {
    gesso_simd_level_t level = gesso_simd_level();
    size_t channels = stored_channels(parts->color_type);
    if (channels == (size_t)image->channels && parts->color_type != 3)
        return gesso_png_unfilter(rows, row_bytes, image->height, channels, image->pixels, image->bytes_per_row,
                                  level) == image->height;
    if (gesso_png_unfilter(rows, row_bytes, image->height, channels, rows + 1, row_bytes + 1, level) != image->height)
        return 0;
    spread_rows(parts, image, rows, row_bytes + 1);
    return 1;
}

/// The data of the IDAT chunks, which are consecutive.
typedef struct {
    const uint8_t *data;
    size_t chunks_left;
    const gesso_watch_run *watch;
} pixel_source;

static int next_chunk(void *context, const uint8_t **bytes, size_t *count) {
    pixel_source *source = context;
    if (source->chunks_left == 0) return 0;
    source->chunks_left--;
    *bytes = source->data;
    *count = big_endian(source->data - 8);
    source->data += *count + 12;
    return 1;
}

static int should_stop(void *context) {
    return gesso_watch_check(((pixel_source *)context)->watch) != GESSO_CODEC_OK;
}

int gesso_png_decode_fast(const uint8_t *data, size_t count, const gesso_codec_image *image,
                          const gesso_codec_watch *watch) {
    gesso_watch_run run = gesso_watch_start(watch);
    png_parts parts = {.color_type = -1};
    if (image->bits != 8 || count < 8 || !find_parts(data, count, image, &parts)) return 0;
    size_t channels = stored_channels(parts.color_type);
    int suits = parts.color_type == 3 ? parts.palette != NULL && image->channels == (parts.transparency ? 4 : 3)
                : parts.color_type == 4 ? image->channels == 4
                                        : channels != 0 && (size_t)image->channels == channels;
    if (!suits) return 0;
    size_t row_bytes = channels * image->width;
    size_t start = place_rows(image, row_bytes + 1);
    if (!start) return 0;
    uint8_t *rows = image->pixels + start;
    pixel_source pixels = {parts.pixel_data, parts.pixel_chunks, &run};
    gesso_inflate_source source = {next_chunk, should_stop, &pixels};
    return gesso_inflate(&source, rows, (row_bytes + 1) * image->height) && unfilter(&parts, image, rows, row_bytes);
}

size_t gesso_png_spare(size_t row_bytes, size_t bytes_per_row, size_t height) {
    size_t pitch = row_bytes + 1, group = height < 8 ? height : 8;
    // The space that place_rows needs; each sum is at most a few times the bitmap's size.
    size_t needed = pitch * height + group * bytes_per_row, other = height * bytes_per_row + group * pitch;
    if (other > needed) needed = other;
    return needed + 64 - height * bytes_per_row;
}
