// Encodes rows of pixels as WebP with libwebp, lossy or lossless.

#include "report.h"
#include "webp_settings.h"

#include <gesso_buffer.h>
#include <stdlib.h>
#include <string.h>
#include <webp/encode.h>

typedef struct {
    gesso_watch_run watch;
    gesso_codec_status stopped;
    uint8_t *bytes;
    size_t count, capacity;
    int no_memory;
} webp_run;

static int on_write(const uint8_t *data, size_t count, const WebPPicture *input) {
    webp_run *run = input->custom_ptr;
    if (count > run->capacity - run->count) {
        size_t capacity = run->capacity * 2 > run->count + count ? run->capacity * 2 : run->count + count;
        uint8_t *larger = gesso_buffer_grow(run->bytes, run->count, capacity);
        if (!larger) {
            run->no_memory = 1;
            return 0;
        }
        run->bytes = larger;
        run->capacity = capacity;
    }
    memcpy(run->bytes + run->count, data, count);
    run->count += count;
    return 1;
}

static int on_progress(int percent, const WebPPicture *input) {
    (void)percent;
    webp_run *run = input->user_data;
    run->stopped = gesso_watch_check(&run->watch);
    return run->stopped == GESSO_CODEC_OK;
}

static void fail(gesso_codec_report *report, const WebPPicture *input, const webp_run *run) {
    if (run->stopped != GESSO_CODEC_OK) return gesso_report_fail(report, run->stopped, gesso_watch_reason(run->stopped));
    switch (input->error_code) {
    case VP8_ENC_ERROR_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
        return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the WebP encoder");
    case VP8_ENC_ERROR_BAD_DIMENSION:
        return gesso_report_fail(report, GESSO_CODEC_UNSUPPORTED, "a side is longer than WebP's 16383 pixels");
    case VP8_ENC_ERROR_BAD_WRITE:
        return gesso_report_fail(report, run->no_memory ? GESSO_CODEC_NO_MEMORY : GESSO_CODEC_MISUSE,
                                 "no memory for the file");
    case VP8_ENC_OK:
        // libwebp 1.2.4 gives no error code if it cannot allocate memory for alpha, for the tokens of a lossy image or
        // for a temporary row, and for incomplete output. Every other failure has a code.
        return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the WebP encoder");
    default: return gesso_report_fail(report, GESSO_CODEC_MISUSE, "libwebp could not encode the image");
    }
}

int gesso_webp_configure(WebPConfig *config, int lossless, int quality, int method, int fidelity) {
    if (!WebPConfigInit(config)) return 0;
    if (lossless) {
        // Effort 0 has no step that changes samples.
        int least = fidelity < 100 ? 1 : 0;
        if (!WebPConfigLosslessPreset(config, quality < least ? least : quality)) return 0;
        // Keep colors under alpha 0. libwebp cannot do both.
        config->exact = fidelity == 100;
        config->near_lossless = fidelity;
    } else {
        config->quality = (float)quality;
        config->method = method;
        config->alpha_quality = fidelity;
    }
    return WebPValidateConfig(config);
}

int gesso_webp_import(WebPPicture *input, const gesso_codec_image *image) {
    int stride = (int)image->bytes_per_row;
    return image->channels == 4 ? WebPPictureImportRGBA(input, image->pixels, stride)
                                : WebPPictureImportRGB(input, image->pixels, stride);
}

static uint32_t little_endian(const uint8_t *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/// Whether libwebp wrote a complete stream. If an allocation fails at certain points, its lossless encoder (1.2.4, for
/// images and for alpha) ends the stream before the first pixel and returns 1; at others it starts again in a buffer
/// whose first bytes it has overwritten.
static int is_whole(const WebPPicture *input, const webp_run *run, int lossless) {
    enum { riff = 12, chunk = riff + 8, header = 5 };
    if (input->error_code != VP8_ENC_OK || run->count < chunk + header) return 0;
    if ((uint64_t)little_endian(run->bytes + 4) + 8 != run->count) return 0;
    const WebPAuxStats *stats = input->stats;
    // A libwebp built without statistics leaves them 0.
    int is_reported = stats && stats->coded_size > 0;
    int64_t reported = is_reported ? (int64_t)stats->lossless_hdr_size + stats->lossless_data_size : 0;
    if (!lossless) return !is_reported || reported == stats->lossless_size;
    if (is_reported && reported + header != little_endian(run->bytes + riff + 4)) return 0;
    // The signature, both sides minus one in 14 bits each, an alpha flag, and version 0.
    uint32_t sides = (uint32_t)(input->width - 1) | (uint32_t)(input->height - 1) << 14;
    return run->bytes[chunk] == 0x2F && (little_endian(run->bytes + chunk + 1) & ~(1u << 28)) == sides;
}

void gesso_webp_encode(const gesso_codec_image *image, int lossless, int quality, int method, int fidelity,
                       const gesso_codec_watch *watch, gesso_codec_output *output, gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    WebPConfig config;
    WebPPicture input;
    if (!gesso_webp_configure(&config, lossless, quality, method, fidelity) || !WebPPictureInit(&input))
        return gesso_report_fail(report, GESSO_CODEC_MISUSE, "invalid encoder parameters");
    webp_run run = {.watch = gesso_watch_start(watch), .capacity = (size_t)image->width * image->height / 8 + 4096};
    run.bytes = gesso_buffer_allocate(run.capacity, 0);
    if (!run.bytes) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the file");
    input.width = (int)image->width;
    input.height = (int)image->height;
    input.use_argb = lossless;
    input.writer = on_write;
    input.custom_ptr = &run;
    input.progress_hook = on_progress;
    input.user_data = &run;
    WebPAuxStats stats = {0};
    // Statistics cost time for lossy images, and only their alpha is checked.
    if (lossless || image->channels == 4) input.stats = &stats;
    int done = gesso_webp_import(&input, image) && WebPEncode(&config, &input) && is_whole(&input, &run, lossless);
    if (!done) fail(report, &input, &run);
    WebPPictureFree(&input);
    if (!done) return gesso_buffer_free(run.bytes);
    output->bytes = gesso_buffer_fit(run.bytes, run.count);
    output->count = run.count;
}
