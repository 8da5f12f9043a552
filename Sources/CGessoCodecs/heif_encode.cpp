// Encodes pixels as AVIF with libheif.
//
// C++ only to catch what libheif throws if it has no memory; everything else is C.

#include "heif_samples.h"
#include "report.h"

#include <gesso_buffer.h>

#include <cstring>

#ifdef GESSO_HEIF

#include "heif_library.h"

namespace {

struct Encoding : gesso_heif_objects {
    heif_encoder *encoder = nullptr;
    heif_encoding_options *options = nullptr;
    heif_color_profile_nclx *colors = nullptr;

    ~Encoding() {
        if (colors) heif().heif_nclx_color_profile_free(colors);
        if (options) heif().heif_encoding_options_free(options);
        if (encoder) heif().heif_encoder_release(encoder);
    }
};

bool is_ok(const heif_error &error, gesso_codec_report *report) {
    if (error.code == heif_error_Ok) return true;
    // libaom reports each failure in the same way; for checked parameters and sizes that is a lack of memory.
    bool is_memory = error.code == heif_error_Memory_allocation_error || error.code == heif_error_Encoder_plugin_error;
    gesso_heif_fail(report, is_memory ? GESSO_CODEC_NO_MEMORY : GESSO_CODEC_MISUSE, error,
                    "libheif could not encode the image");
    return false;
}

heif_error on_write(heif_context *, const void *data, size_t count, void *target) {
    static heif_error done = {heif_error_Ok, heif_suberror_Unspecified, ""};
    static heif_error no_memory = {heif_error_Memory_allocation_error, heif_suberror_Unspecified, "no memory for the file"};
    gesso_codec_output *output = (gesso_codec_output *)target;
    output->bytes = (uint8_t *)gesso_buffer_allocate(count, 0);
    if (!output->bytes) return no_memory;
    memcpy(output->bytes, data, count);
    output->count = count;
    return done;
}

/// Adds the planes of `image`: Y, Cb and Cr, or Y alone, and alpha.
bool add_planes(Encoding &run, const gesso_codec_image *image, const gesso_avif_options *options,
                gesso_codec_report *report) {
    static const heif_channel channels[] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr, heif_channel_Alpha};
    bool is_gray = image->channels == 1;
    int width = (int)image->width, height = (int)image->height;
    heif_chroma chroma = is_gray ? heif_chroma_monochrome : options->halves_chroma ? heif_chroma_420 : heif_chroma_444;
    if (!is_ok(heif().heif_image_create(width, height, is_gray ? heif_colorspace_monochrome : heif_colorspace_YCbCr, chroma,
                                 &run.image),
               report))
        return false;
    gesso_ycc_planes planes = {};
    planes.halves_chroma = options->halves_chroma;
    for (int i = 0; i < 4; ++i) {
        bool is_chroma = i == 1 || i == 2;
        if ((is_chroma && is_gray) || (i == 3 && image->channels < 4)) continue;
        int half = is_chroma && options->halves_chroma, stride = 0;
        if (!is_ok(heif().heif_image_add_plane(run.image, channels[i], half ? (width + 1) / 2 : width,
                                        half ? (height + 1) / 2 : height, 8),
                   report))
            return false;
        planes.rows[i] = heif().heif_image_get_plane(run.image, channels[i], &stride);
        planes.strides[i] = (size_t)stride;
    }
    gesso_heif_to_ycc(image, &planes);
    return true;
}

/// States the colors: BT.601 coefficients with the full range, and the profile or else sRGB.
bool set_colors(Encoding &run, const gesso_avif_options *options, gesso_codec_report *report) {
    run.colors = heif().heif_nclx_color_profile_alloc();
    if (!run.colors) {
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for libheif");
        return false;
    }
    bool has_profile = options->profile.count > 0;
    run.colors->color_primaries = has_profile ? heif_color_primaries_unspecified : heif_color_primaries_ITU_R_BT_709_5;
    run.colors->transfer_characteristics =
        has_profile ? heif_transfer_characteristic_unspecified : heif_transfer_characteristic_IEC_61966_2_1;
    run.colors->matrix_coefficients = heif_matrix_coefficients_ITU_R_BT_601_6;
    run.colors->full_range_flag = 1;
    if (!is_ok(heif().heif_image_set_nclx_color_profile(run.image, run.colors), report)) return false;
    return !has_profile || is_ok(heif().heif_image_set_raw_color_profile(run.image, "prof", options->profile.bytes,
                                                                  options->profile.count),
                                 report);
}

/// The one encoder whose parameters are set below; NULL without it.
const heif_encoder_descriptor *find_encoder() {
    const heif_encoder_descriptor *aom = nullptr;
    return heif().heif_get_encoder_descriptors(heif_compression_AV1, "aom", &aom, 1) < 1 ? nullptr : aom;
}

void encode(const gesso_codec_image *image, const gesso_avif_options *options, gesso_codec_output *output,
            gesso_codec_report *report) {
    Encoding run;
    run.context = heif().heif_context_alloc();
    run.options = heif().heif_encoding_options_alloc();
    if (!run.context || !run.options) return gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for libheif");
    const heif_encoder_descriptor *aom = find_encoder();
    if (!aom)
        return gesso_report_fail(report, GESSO_CODEC_UNSUPPORTED, "libheif was built without the AV1 encoder aom");
    if (!is_ok(heif().heif_context_get_encoder(run.context, aom, &run.encoder), report)) return;
    if (!is_ok(heif().heif_encoder_set_lossy_quality(run.encoder, options->quality), report) ||
        !is_ok(heif().heif_encoder_set_parameter_integer(run.encoder, "speed", options->speed > 9 ? 9 : options->speed), report) ||
        !is_ok(heif().heif_encoder_set_parameter_integer(run.encoder, "threads", 1), report) ||
        !is_ok(heif().heif_encoder_set_parameter_string(run.encoder, "chroma", options->halves_chroma ? "420" : "444"), report))
        return;
    if (!add_planes(run, image, options, report) || !set_colors(run, options, report)) return;
    // Both boxes: the code points have the coefficients, which a profile does not.
    run.options->save_two_colr_boxes_when_ICC_and_nclx_available = 1;
    if (!is_ok(heif().heif_context_encode_image(run.context, run.image, run.encoder, run.options, &run.handle), report)) return;
    if (options->exif.count && !is_ok(heif().heif_context_add_exif_metadata(run.context, run.handle, options->exif.bytes,
                                                                     (int)options->exif.count),
                                      report))
        return;
    if (options->xmp.count && !is_ok(heif().heif_context_add_XMP_metadata(run.context, run.handle, options->xmp.bytes,
                                                                   (int)options->xmp.count),
                                     report))
        return;
    heif_writer writer = {1, on_write};
    is_ok(heif().heif_context_write(run.context, &writer, output), report);
}

} // namespace

extern "C" int gesso_heif_encodes_avif(void) {
    if (!gesso_heif_load()) return 0;
    try {
        // libheif loads encoders that are plugins with the first context.
        gesso_heif_objects objects;
        objects.context = heif().heif_context_alloc();
        return objects.context && find_encoder();
    } catch (...) {
        return 0;
    }
}

extern "C" void gesso_avif_encode(const gesso_codec_image *image, const gesso_avif_options *options,
                                  const gesso_codec_watch *watch, gesso_codec_output *output,
                                  gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = nullptr;
    output->count = 0;
    if (image->bits != 8) return gesso_report_fail(report, GESSO_CODEC_MISUSE, "invalid encoder parameters");
    gesso_watch_run run = gesso_watch_start(watch);
    gesso_codec_status status = gesso_watch_check(&run);
    if (status != GESSO_CODEC_OK) return gesso_report_fail(report, status, gesso_watch_reason(status));
    gesso_heif_run(report, GESSO_CODEC_NO_MEMORY, "libheif could not encode the image",
                   [&] { encode(image, options, output, report); });
    status = gesso_watch_check(&run);
    if (status != GESSO_CODEC_OK) gesso_report_fail(report, status, gesso_watch_reason(status));
    if (report->status == GESSO_CODEC_OK) return;
    gesso_buffer_free(output->bytes);
    output->bytes = nullptr;
    output->count = 0;
}

#else

extern "C" int gesso_heif_encodes_avif(void) { return 0; }

extern "C" void gesso_avif_encode(const gesso_codec_image *, const gesso_avif_options *, const gesso_codec_watch *,
                                  gesso_codec_output *output, gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = nullptr;
    output->count = 0;
    gesso_report_fail(report, GESSO_CODEC_UNSUPPORTED, "built without libheif");
}

#endif
