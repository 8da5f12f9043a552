// Decodes a WebP to rows of pixels with libwebp, at a smaller size where asked.

#include "report.h"

#include <string.h>
#include <webp/decode.h>

/// If libwebp (1.2.4) cannot allocate a table of its lossless decoder, it reports a damaged bitstream, which cannot be
/// distinguished from a real one.
static gesso_codec_status status_of(VP8StatusCode code) {
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: return GESSO_CODEC_NO_MEMORY;
    case VP8_STATUS_UNSUPPORTED_FEATURE: return GESSO_CODEC_UNSUPPORTED;
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return GESSO_CODEC_TRUNCATED;
    case VP8_STATUS_INVALID_PARAM: return GESSO_CODEC_MISUSE;
    default: return GESSO_CODEC_CORRUPT;
    }
}

static const char *text_of(VP8StatusCode code) {
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: return "no memory for the WebP decoder";
    case VP8_STATUS_UNSUPPORTED_FEATURE: return "a feature that this decoder does not support";
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends before its image does";
    case VP8_STATUS_INVALID_PARAM: return "invalid decoder parameter";
    default: return "damaged bitstream";
    }
}

static void fail(gesso_codec_report *report, VP8StatusCode code) {
    gesso_report_fail(report, status_of(code), text_of(code));
}

/// The number of bytes passed between two checks of the watch, some milliseconds of work. A lossy file has more pixels
/// in them. Fewer for a file that is small for its number of pixels, since each byte may stand for thousands of them.
enum { usual_step = 1 << 16, lossy_step = 1 << 14, small_step = 1 << 11, many_pixels = 1 << 20 };

/// What WebPBitstreamFeatures.format says of a lossy file.
enum { lossy_format = 1 };

/// Until all tables of a lossless file are read, libwebp starts again with each piece; doubling the pieces limits that
/// to twice the work. After that, it continues where it stopped.
static size_t next_piece(WebPIDecoder *decoder, size_t given, size_t step) {
    int rows = 0;
    int has_rows = WebPIDecGetRGB(decoder, &rows, NULL, NULL, NULL) != NULL && rows > 0;
    return has_rows || given < step ? step : given;
}

static int is_over(const gesso_watch_run *watch, gesso_codec_report *report) {
    gesso_codec_status status = gesso_watch_check(watch);
    if (status == GESSO_CODEC_OK) return 0;
    gesso_report_fail(report, status, gesso_watch_reason(status));
    return 1;
}

static VP8StatusCode decode_in_steps(WebPIDecoder *decoder, const uint8_t *data, size_t count, size_t step,
                                     const gesso_watch_run *watch, gesso_codec_report *report) {
    for (size_t given = 0;;) {
        if (is_over(watch, report)) return VP8_STATUS_USER_ABORT;
        size_t piece = next_piece(decoder, given, step);
        given = count - given > piece ? given + piece : count;
        VP8StatusCode code = WebPIUpdate(decoder, data, given);
        if (given == count || code != VP8_STATUS_SUSPENDED) return code;
    }
}

/// Fails if the bitstream has another size than the container states: libwebp would decode all of it and scale it.
static int is_as_stated(const WebPBitstreamFeatures *found, const gesso_codec_header *header,
                        gesso_codec_report *report) {
    if (found->width == (int)header->width && found->height == (int)header->height) return 1;
    report->first_invalid_row = 0;
    gesso_report_fail(report, GESSO_CODEC_CORRUPT, "the bitstream has another size than its header states");
    return 0;
}

/// Whether all rows were decoded. Otherwise clears the pixels, since a second attempt may not reach all rows.
static int decode_at_once(const uint8_t *data, size_t count, WebPDecoderConfig *config, const gesso_codec_image *image,
                          VP8StatusCode *code) {
    *code = WebPDecode(data, count, config);
    WebPFreeDecBuffer(&config->output);
    if (*code == VP8_STATUS_OK) return 1;
    for (uint32_t y = 0; y < image->height; ++y)
        memset(image->pixels + y * image->bytes_per_row, 0, (size_t)image->width * (size_t)image->channels);
    return 0;
}

void gesso_webp_decode(const uint8_t *data, size_t count, const gesso_codec_header *header,
                       gesso_decode_level level, const gesso_codec_image *image, const gesso_codec_watch *watch,
                       gesso_codec_report *report) {
    gesso_report_reset(report);
    gesso_watch_run run = gesso_watch_start(watch);
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return gesso_report_fail(report, GESSO_CODEC_MISUSE, "libwebp has another version");
    VP8StatusCode code = WebPGetFeatures(data, count, &config.input);
    if (code != VP8_STATUS_OK) {
        report->first_invalid_row = 0;
        return fail(report, code);
    }
    if (!is_as_stated(&config.input, header, report)) return;
    if (config.input.width != (int)image->width || config.input.height != (int)image->height) {
        config.options.use_scaling = 1;
        config.options.scaled_width = (int)image->width;
        config.options.scaled_height = (int)image->height;
    }
    config.output.colorspace = image->channels == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = image->pixels;
    config.output.u.RGBA.stride = (int)image->bytes_per_row;
    config.output.u.RGBA.size =
        image->bytes_per_row * (image->height - 1) + (size_t)image->width * (size_t)image->channels;
    if (is_over(&run, report)) return;
    int is_small = count <= usual_step;
    int is_dense = is_small && (uint64_t)header->width * header->height > many_pixels;
    if (is_small && !is_dense) {
        if (decode_at_once(data, count, &config, image, &code) || level != GESSO_LEVEL_LENIENT) {
            if (code != VP8_STATUS_OK) fail(report, code);
            return;
        }
    }
    // The incremental decoder can be stopped and reports its progress; it does not accept some small files that the
    // other one does.
    WebPIDecoder *decoder = WebPIDecode(NULL, 0, &config);
    if (!decoder) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the WebP decoder");
    size_t piece = is_dense ? small_step : config.input.format == lossy_format ? lossy_step : usual_step;
    code = decode_in_steps(decoder, data, count, piece, &run, report);
    int last_row = 0;
    if (code != VP8_STATUS_OK && !WebPIDecGetRGB(decoder, &last_row, NULL, NULL, NULL)) last_row = 0;
    WebPIDelete(decoder);
    WebPFreeDecBuffer(&config.output);
    if (is_dense && level != GESSO_LEVEL_LENIENT && code != VP8_STATUS_OK && code != VP8_STATUS_USER_ABORT) {
        if (is_over(&run, report)) return;
        decode_at_once(data, count, &config, image, &code);
    }
    // Rows that need no input, as those of a single color, are decoded all at once.
    if (code != VP8_STATUS_USER_ABORT && is_over(&run, report)) return;
    if (code == VP8_STATUS_OK) return;
    fail(report, code);
    if (last_row < (int)image->height) report->first_invalid_row = last_row;
}
