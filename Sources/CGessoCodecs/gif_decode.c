// Decodes one frame of a GIF onto the canvas: LZW (GIF89a, appendix F), colors and interlacing.

#include "report.h"

// Codes have 3 to 12 bits, the first one in the lowest bits, and are stored in blocks of up to 255 bytes.

enum {
    MOST_CODES = 4096,
    /// The limit on consecutive clear codes, which give no pixel; encoders write one at a time.
    MOST_CLEARS = 1024,
};

typedef struct {
    const uint8_t *at, *end;
    unsigned block_left;
    uint32_t bits;
    unsigned bit_count;
} code_reader;

/// The next code, or -1 if the data end before it.
static int next_code(code_reader *reader, unsigned width) {
    while (reader->bit_count < width) {
        if (!reader->block_left) {
            if (reader->at == reader->end || !*reader->at) return -1;
            reader->block_left = *reader->at++;
        }
        if (reader->at == reader->end) return -1;
        reader->bits |= (uint32_t)*reader->at++ << reader->bit_count;
        reader->block_left--;
        reader->bit_count += 8;
    }
    int code = (int)(reader->bits & ((1u << width) - 1));
    reader->bits >>= width;
    reader->bit_count -= width;
    return code;
}

/// The position of the next pixel in the frame.
typedef struct {
    const gesso_gif_frame *frame;
    const gesso_codec_image *image;
    uint32_t x, y, rows_done;
    /// 0 to 3, if interlaced.
    int pass;
    /// Set when an opaque pixel has an index outside the palette.
    int lacks_color;
} pixel_writer;

/// Interlaced frames have their rows in four passes (GIF89a, appendix E).
static void next_row(pixel_writer *writer) {
    static const uint32_t starts[4] = {0, 4, 2, 1}, steps[4] = {8, 8, 4, 2};
    writer->x = 0;
    writer->rows_done++;
    if (!writer->frame->interlaced) {
        writer->y++;
        return;
    }
    writer->y += steps[writer->pass];
    while (writer->y >= writer->frame->height && writer->pass < 3) writer->y = starts[++writer->pass];
}

static void put(pixel_writer *writer, uint8_t index) {
    const gesso_gif_frame *frame = writer->frame;
    const gesso_codec_image *image = writer->image;
    static const uint8_t black[3] = {0, 0, 0};
    int has_color = index < frame->colors;
    const uint8_t *color = has_color ? frame->palette + 3 * (size_t)index : black;
    int transparent = index == frame->transparent;
    if (!has_color && !transparent) writer->lacks_color = 1;
    uint8_t *pixel = image->pixels + (size_t)(frame->y + writer->y) * image->bytes_per_row +
                     (size_t)(frame->x + writer->x) * (size_t)image->channels;
    for (int channel = 0; channel < 3; channel++) pixel[channel] = color[channel];
    if (image->channels == 4) pixel[3] = transparent ? 0 : 255;
    if (++writer->x == frame->width) next_row(writer);
}

/// The string of each code: that of the code `before` it, and its last byte.
typedef struct {
    uint16_t before[MOST_CODES];
    uint8_t last[MOST_CODES];
    uint8_t stack[MOST_CODES];
} string_table;

/// Writes the string of `code`, which is unpacked onto a stack from its end; returns its first byte.
static uint8_t write_string(string_table *table, int code, int clear, pixel_writer *writer) {
    int depth = 0;
    while (code >= clear) {
        table->stack[depth++] = table->last[code];
        code = table->before[code];
    }
    uint8_t first = (uint8_t)code;
    if (writer->rows_done < writer->frame->height) put(writer, first);
    while (depth && writer->rows_done < writer->frame->height) put(writer, table->stack[--depth]);
    return first;
}

static void decode(code_reader *reader, unsigned minimum, pixel_writer *writer, const gesso_watch_run *watch,
                   gesso_codec_report *report) {
    string_table table;
    const int clear = 1 << minimum, end = clear + 1;
    int next = end + 1, previous = -1;
    unsigned width = minimum + 1;
    uint8_t first = 0;
    int clears = 0;
    for (uint32_t seen = 0; writer->rows_done < writer->frame->height;) {
        if (writer->rows_done >= seen + 16) {
            seen = writer->rows_done;
            gesso_codec_status status = gesso_watch_check(watch);
            if (status != GESSO_CODEC_OK) return gesso_report_fail(report, status, gesso_watch_reason(status));
        }
        int code = next_code(reader, width);
        if (code < 0 || code == end)
            return gesso_report_fail(report, GESSO_CODEC_TRUNCATED, "the frame ends before its last pixel");
        if (code == clear) {
            if (++clears > MOST_CLEARS)
                return gesso_report_fail(report, GESSO_CODEC_CORRUPT, "too many consecutive clear codes");
            next = end + 1;
            width = minimum + 1;
            previous = -1;
            continue;
        }
        clears = 0;
        // A code must be in the table, or be the next one: the previous string and its first byte.
        if (code > next || (code == next && next == MOST_CODES) || (previous < 0 && code > end))
            return gesso_report_fail(report, GESSO_CODEC_CORRUPT, "a code that was never defined");
        if (previous >= 0 && next < MOST_CODES) {
            // The new string is the previous one and the first byte of this one. It is needed before that byte is
            // known if this code is the new one, which begins as the previous string does.
            table.before[next] = (uint16_t)previous;
            table.last[next] = first;
            first = write_string(&table, code, clear, writer);
            table.last[next] = first;
            next++;
            if (next == 1 << width && width < 12) width++;
        } else {
            first = write_string(&table, code, clear, writer);
        }
        previous = code;
    }
}

/// Warns of damage that other decoders ignore; returns whether `level` makes it a failure.
static int refuses(gesso_decode_level level, const char *message, gesso_codec_report *report) {
    gesso_report_warn(report, message);
    if (level != GESSO_LEVEL_STRICT) return 0;
    gesso_report_fail(report, GESSO_CODEC_CORRUPT, message);
    return 1;
}

void gesso_gif_decode(const uint8_t *data, size_t count, const gesso_gif_frame *frame, gesso_decode_level level,
                      const gesso_codec_image *image, const gesso_codec_watch *watch, gesso_codec_report *report) {
    // The first two colors of a default table, which is used if a file has none (GIF89a, section 18).
    static const uint8_t black_and_white[6] = {0, 0, 0, 255, 255, 255};
    gesso_gif_frame shown = *frame;
    gesso_report_reset(report);
    int fits = frame->width && frame->height && frame->width <= image->width && frame->height <= image->height &&
               frame->x <= image->width - frame->width && frame->y <= image->height - frame->height;
    if (!fits || image->bits != 8 || image->channels < 3)
        return gesso_report_fail(report, GESSO_CODEC_MISUSE, "the frame does not fit the image");
    // Appendix F has sizes of 2 to 8; a code has 12 bits at most, and the first ones are a bit longer than the size.
    if (!count || data[0] < 1 || data[0] > 11) {
        report->first_invalid_row = 0;
        return gesso_report_fail(report, GESSO_CODEC_CORRUPT, "impossible code size");
    }
    if (data[0] > 8 && refuses(level, "a code size above 8", report)) return;
    if (!shown.colors) {
        shown.palette = black_and_white;
        shown.colors = 2;
        if (refuses(level, "no palette: the colors are black and white", report)) return;
    }
    gesso_watch_run run = gesso_watch_start(watch);
    code_reader reader = {.at = data + 1, .end = data + count};
    pixel_writer writer = {.frame = &shown, .image = image};
    decode(&reader, data[0], &writer, &run, report);
    if (report->status != GESSO_CODEC_OK) {
        // Interlaced rows are not in the order of the image.
        report->first_invalid_row = frame->interlaced ? 0 : (int64_t)frame->y + writer.y;
    } else if (writer.lacks_color) {
        // Such pixels are black.
        refuses(level, "a pixel has an index outside the palette", report);
    }
}
