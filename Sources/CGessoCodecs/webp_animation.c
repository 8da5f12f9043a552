// Encodes animated WebP frame by frame with libwebpmux.

#include "gesso_animation.h"
#include "report.h"
#include "webp_settings.h"

#include <gesso_buffer.h>
#include <stdlib.h>
#include <string.h>
#include <webp/mux.h>

struct gesso_webp_animation {
    WebPAnimEncoder *encoder;
    WebPConfig config;
    uint32_t width, height;
    /// libwebp keeps the address of this and uses it in later calls; each call starts it anew.
    gesso_watch_run run;
};

static int on_progress(int percent, const WebPPicture *input) {
    (void)percent;
    return gesso_watch_check(input->user_data) == GESSO_CODEC_OK;
}

/// Every failure of libwebpmux with checked parameters is a lack of memory; it has no codes for them.
static void fail(gesso_codec_report *report) {
    gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the animation's encoder");
}

gesso_webp_animation *gesso_webp_animation_begin(const gesso_webp_animation_options *options,
                                                 gesso_codec_report *report) {
    gesso_report_reset(report);
    WebPAnimEncoderOptions settings;
    gesso_webp_animation *animation = calloc(1, sizeof *animation);
    if (!animation) {
        fail(report);
        return NULL;
    }
    if (!WebPAnimEncoderOptionsInit(&settings) ||
        !gesso_webp_configure(&animation->config, options->lossless, options->quality, options->method,
                              options->fidelity)) {
        gesso_report_fail(report, GESSO_CODEC_MISUSE, "invalid encoder parameters");
        free(animation);
        return NULL;
    }
    settings.anim_params.loop_count = options->plays;
    // Transparent, although viewers ignore it.
    settings.anim_params.bgcolor = 0;
    animation->width = options->width;
    animation->height = options->height;
    animation->encoder = WebPAnimEncoderNew((int)options->width, (int)options->height, &settings);
    if (animation->encoder) return animation;
    fail(report);
    free(animation);
    return NULL;
}

void gesso_webp_animation_add(gesso_webp_animation *animation, const gesso_codec_image *frame, int32_t milliseconds,
                              const gesso_codec_watch *watch, gesso_codec_report *report) {
    gesso_report_reset(report);
    if (frame->width != animation->width || frame->height != animation->height || frame->channels < 3 ||
        frame->bits != 8)
        return gesso_report_fail(report, GESSO_CODEC_MISUSE, "a frame of another size or format");
    animation->run = gesso_watch_start(watch);
    WebPPicture input;
    if (!WebPPictureInit(&input)) return gesso_report_fail(report, GESSO_CODEC_MISUSE, "libwebp has another version");
    input.width = (int)frame->width;
    input.height = (int)frame->height;
    input.use_argb = 1;
    input.progress_hook = on_progress;
    input.user_data = &animation->run;
    const int added = gesso_webp_import(&input, frame) &&
                      WebPAnimEncoderAdd(animation->encoder, &input, milliseconds, &animation->config);
    WebPPictureFree(&input);
    const gesso_codec_status status = gesso_watch_check(&animation->run);
    if (status != GESSO_CODEC_OK) return gesso_report_fail(report, status, gesso_watch_reason(status));
    if (!added) fail(report);
}

void gesso_webp_animation_finish(gesso_webp_animation *animation, int32_t milliseconds, const gesso_codec_watch *watch,
                                 gesso_codec_output *output, gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    WebPData data;
    WebPDataInit(&data);
    // A single frame may be encoded again here, on the whole canvas.
    animation->run = gesso_watch_start(watch);
    const int done = WebPAnimEncoderAdd(animation->encoder, NULL, milliseconds, NULL) &&
                     WebPAnimEncoderAssemble(animation->encoder, &data);
    const gesso_codec_status status = gesso_watch_check(&animation->run);
    if (status != GESSO_CODEC_OK) gesso_report_fail(report, status, gesso_watch_reason(status));
    if (status == GESSO_CODEC_OK && done) output->bytes = gesso_buffer_allocate(data.size, 0);
    if (output->bytes) {
        memcpy(output->bytes, data.bytes, data.size);
        output->count = data.size;
    } else {
        fail(report);
    }
    WebPDataClear(&data);
}

void gesso_webp_animation_free(gesso_webp_animation *animation) {
    if (!animation) return;
    WebPAnimEncoderDelete(animation->encoder);
    free(animation);
}
