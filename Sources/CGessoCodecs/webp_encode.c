#include "report.h"

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

static int on_write(const uint8_t *data, size_t count, const WebPPicture *picture) {
    webp_run *run = picture->custom_ptr;
    if (count > run->capacity - run->count) {
        size_t capacity = run->capacity * 2 > run->count + count ? run->capacity * 2 : run->count + count;
        uint8_t *larger = realloc(run->bytes, capacity);
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

static int on_progress(int percent, const WebPPicture *picture) {
    (void)percent;
    webp_run *run = picture->user_data;
    run->stopped = gesso_watch_check(&run->watch);
    return run->stopped == GESSO_CODEC_OK;
}

static void fail(gesso_codec_report *report, const WebPPicture *picture, const webp_run *run) {
    if (run->stopped != GESSO_CODEC_OK) return gesso_report_fail(report, run->stopped, gesso_watch_reason(run->stopped));
    switch (picture->error_code) {
    case VP8_ENC_ERROR_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
        return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the WebP encoder");
    case VP8_ENC_ERROR_BAD_DIMENSION:
        return gesso_report_fail(report, GESSO_CODEC_UNSUPPORTED, "a side is longer than WebP's 16383 pixels");
    case VP8_ENC_ERROR_BAD_WRITE:
        return gesso_report_fail(report, run->no_memory ? GESSO_CODEC_NO_MEMORY : GESSO_CODEC_MISUSE,
                                 "no memory for the file");
    default: return gesso_report_fail(report, GESSO_CODEC_MISUSE, "libwebp refused the picture");
    }
}

static int configure(WebPConfig *config, int lossless, int quality, int method, int fidelity) {
    if (!WebPConfigInit(config)) return 0;
    if (lossless) {
        // The least effort has no step that could change samples.
        int least = fidelity < 100 ? 1 : 0;
        if (!WebPConfigLosslessPreset(config, quality < least ? least : quality)) return 0;
        // Colours under alpha 0 are kept: they are pixels like any others. libwebp cannot do both.
        config->exact = fidelity == 100;
        config->near_lossless = fidelity;
    } else {
        config->quality = (float)quality;
        config->method = method;
        config->alpha_quality = fidelity;
    }
    return WebPValidateConfig(config);
}

static int import(WebPPicture *picture, const gesso_codec_image *image) {
    int stride = (int)image->bytes_per_row;
    return image->channels == 4 ? WebPPictureImportRGBA(picture, image->pixels, stride)
                                : WebPPictureImportRGB(picture, image->pixels, stride);
}

void gesso_webp_encode(const gesso_codec_image *image, int lossless, int quality, int method, int fidelity,
                       const gesso_codec_watch *watch, gesso_codec_output *output, gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    WebPConfig config;
    WebPPicture picture;
    if (!configure(&config, lossless, quality, method, fidelity) || !WebPPictureInit(&picture))
        return gesso_report_fail(report, GESSO_CODEC_MISUSE, "invalid encoder parameters");
    webp_run run = {.watch = gesso_watch_start(watch), .capacity = (size_t)image->width * image->height / 8 + 4096};
    run.bytes = malloc(run.capacity);
    if (!run.bytes) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the file");
    picture.width = (int)image->width;
    picture.height = (int)image->height;
    picture.use_argb = lossless;
    picture.writer = on_write;
    picture.custom_ptr = &run;
    picture.progress_hook = on_progress;
    picture.user_data = &run;
    int done = import(&picture, image) && WebPEncode(&config, &picture);
    if (!done) fail(report, &picture, &run);
    WebPPictureFree(&picture);
    if (!done) return free(run.bytes);
    uint8_t *fitting = realloc(run.bytes, run.count);
    output->bytes = fitting ? fitting : run.bytes;
    output->count = run.count;
}
