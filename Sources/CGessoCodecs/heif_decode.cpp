// Decodes one coded image of a HEIC or AVIF with libheif.
//
// C++ only to catch what libheif throws if it has no memory; everything else is C.

#include "heif_file.h"
#include "heif_samples.h"
#include "report.h"

#include <gesso_buffer.h>
#include <cstdio>
#include <cstring>
#include <ctime>

static int64_t nanoseconds(clockid_t clock) {
    timespec now;
    if (clock_gettime(clock, &now) != 0) return 0;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

extern "C" gesso_heif_time gesso_heif_now(void) {
    return {nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID)};
}

#ifdef GESSO_HEIF

#include "heif_library.h"

extern "C" int gesso_heif_is_available(void) { return gesso_heif_load() != nullptr; }

extern "C" void gesso_heif_versions(char *text, size_t capacity) {
    if (capacity) text[0] = 0;
    if (!gesso_heif_load()) return;
    snprintf(text, capacity, "%s", heif().heif_get_version());
    size_t used = strlen(text);
    static const heif_compression_format formats[] = {heif_compression_HEVC, heif_compression_AV1};
    for (heif_compression_format format : formats) {
        const heif_decoder_descriptor *decoder = nullptr;
        if (heif().heif_get_decoder_descriptors(format, &decoder, 1) < 1 || !decoder) continue;
        const char *id = heif().heif_decoder_descriptor_get_id_name(decoder);
        int length = snprintf(text + used, capacity - used, " %s", id ? id : "decoder");
        if (length > 0 && (size_t)length < capacity - used) used += (size_t)length;
    }
    if (heif().heif_have_encoder_for_format(heif_compression_AV1)) snprintf(text + used, capacity - used, " aom");
}

namespace {

/// The file that libheif reads, which must outlive its context.
struct File {
    uint8_t *bytes = nullptr;
    size_t count = 0;

    ~File() { gesso_buffer_free(bytes); }
};

struct Decoding : gesso_heif_objects {
    heif_decoding_options *options = nullptr;

    ~Decoding() {
        if (options) heif().heif_decoding_options_free(options);
    }
};

gesso_codec_status status_of(const heif_error &error) {
    switch (error.code) {
    case heif_error_Memory_allocation_error:
        return error.subcode == heif_suberror_Security_limit_exceeded ? GESSO_CODEC_LIMIT : GESSO_CODEC_NO_MEMORY;
    case heif_error_Unsupported_filetype:
    case heif_error_Unsupported_feature: return GESSO_CODEC_UNSUPPORTED;
    case heif_error_Usage_error: return GESSO_CODEC_MISUSE;
    default: return GESSO_CODEC_CORRUPT;
    }
}

bool is_ok(const heif_error &error, gesso_codec_report *report) {
    if (error.code == heif_error_Ok) return true;
    gesso_heif_fail(report, status_of(error), error, "damaged bitstream");
    return false;
}

/// Whether to stop, by cancellation or by the time since `started`.
bool is_over(const gesso_codec_watch *watch, const gesso_heif_time *started, gesso_codec_report *report) {
    gesso_codec_status status = GESSO_CODEC_OK;
    gesso_heif_time now = gesso_heif_now();
    int64_t elapsed = now.elapsed - started->elapsed, process = now.process - started->process;
    if (watch->is_cancelled && watch->is_cancelled())
        status = GESSO_CODEC_CANCELLED;
    else if (watch->cpu_nanoseconds > 0 && (elapsed < process ? elapsed : process) > watch->cpu_nanoseconds)
        status = GESSO_CODEC_TOO_SLOW;
    if (status == GESSO_CODEC_OK) return false;
    gesso_report_fail(report, status, gesso_watch_reason(status));
    return true;
}

/// Points `planes` to the samples of a decoded image; false if it is not what the header stated.
bool take_planes(const heif_image *image, const gesso_heif_coded *coded, gesso_heif_planes *planes) {
    static const heif_channel gray[] = {heif_channel_Y}, colors[] = {heif_channel_R, heif_channel_G, heif_channel_B};
    bool is_gray = heif().heif_image_has_channel(image, heif_channel_Y);
    const heif_channel *channels = is_gray ? gray : colors;
    planes->count = is_gray ? 1 : 3;
    planes->width = coded->width;
    planes->height = coded->height;
    planes->bits = coded->bits;
    planes->is_limited = is_gray && coded->is_limited;
    for (int i = 0; i < planes->count; ++i) {
        int stride = 0;
        planes->rows[i] = heif().heif_image_get_plane_readonly(image, channels[i], &stride);
        planes->strides[i] = (size_t)stride;
        if (!planes->rows[i] || heif().heif_image_get_width(image, channels[i]) != (int)coded->width ||
            heif().heif_image_get_height(image, channels[i]) != (int)coded->height ||
            heif().heif_image_get_bits_per_pixel_range(image, channels[i]) != coded->bits)
            return false;
    }
    return true;
}

void decode(const gesso_heif_coded *coded, int64_t x, int64_t y, int is_alpha, const gesso_codec_image *image,
            gesso_codec_report *report) {
    File file;
    Decoding run;
    file.bytes = gesso_heif_file(coded, &file.count);
    run.context = heif().heif_context_alloc();
    run.options = heif().heif_decoding_options_alloc();
    if (!file.bytes || !run.context || !run.options)
        return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for libheif");
    heif().heif_context_set_max_decoding_threads(run.context, 0);
    if (!is_ok(heif().heif_context_read_from_memory_without_copy(run.context, file.bytes, file.count, nullptr), report)) return;
    if (!is_ok(heif().heif_context_get_primary_image_handle(run.context, &run.handle), report)) return;
    run.options->ignore_transformations = 1;
    bool is_gray = coded->is_gray;
    if (!is_ok(heif().heif_decode_image(run.handle, &run.image, is_gray ? heif_colorspace_monochrome : heif_colorspace_RGB,
                                 is_gray ? heif_chroma_monochrome : heif_chroma_444, run.options),
               report))
        return;
    gesso_heif_planes planes;
    if (!take_planes(run.image, coded, &planes))
        return gesso_report_fail(report, GESSO_CODEC_CORRUPT, "the bitstream has other samples than its header states");
    gesso_heif_put(&planes, x, y, is_alpha, image);
}

} // namespace

extern "C" void gesso_heif_decode(const gesso_heif_coded *coded, int64_t x, int64_t y, int is_alpha,
                                  const gesso_codec_image *image, const gesso_codec_watch *watch,
                                  const gesso_heif_time *started, gesso_codec_report *report) {
    gesso_report_reset(report);
    if (is_alpha && image->channels != 4)
        return gesso_report_fail(report, GESSO_CODEC_MISUSE, "the image has no alpha");
    if (is_over(watch, started, report)) return;
    gesso_heif_run(report, GESSO_CODEC_CORRUPT, "libheif could not decode the image",
                   [&] { decode(coded, x, y, is_alpha, image, report); });
    if (report->status == GESSO_CODEC_OK) is_over(watch, started, report);
    if (report->status != GESSO_CODEC_OK) report->first_invalid_row = 0;
}

#else

extern "C" int gesso_heif_is_available(void) { return 0; }

extern "C" void gesso_heif_versions(char *text, size_t capacity) {
    if (capacity) text[0] = 0;
}

extern "C" void gesso_heif_decode(const gesso_heif_coded *, int64_t, int64_t, int, const gesso_codec_image *,
                                  const gesso_codec_watch *, const gesso_heif_time *, gesso_codec_report *report) {
    gesso_report_reset(report);
    gesso_report_fail(report, GESSO_CODEC_UNSUPPORTED, "built without libheif");
}

#endif
