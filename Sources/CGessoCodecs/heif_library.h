#ifndef GESSO_CODECS_HEIF_LIBRARY_H
#define GESSO_CODECS_HEIF_LIBRARY_H

#include "gesso_codecs.h"

#include <libheif/heif.h>
#include <new>

// libheif brings a dozen libraries, which take 6 ms to load. It is loaded when the first image needs it, so that
// programs start without it, and run without HEIC and AVIF where it is not installed.

#define GESSO_HEIF_FUNCTIONS(X)                                                                                        \
    X(heif_get_version)                                                                                                \
    X(heif_get_decoder_descriptors)                                                                                    \
    X(heif_decoder_descriptor_get_id_name)                                                                             \
    X(heif_have_encoder_for_format)                                                                                    \
    X(heif_context_alloc)                                                                                              \
    X(heif_context_free)                                                                                               \
    X(heif_context_set_max_decoding_threads)                                                                           \
    X(heif_context_read_from_memory_without_copy)                                                                      \
    X(heif_context_get_primary_image_handle)                                                                           \
    X(heif_image_handle_release)                                                                                       \
    X(heif_decoding_options_alloc)                                                                                     \
    X(heif_decoding_options_free)                                                                                      \
    X(heif_decode_image)                                                                                               \
    X(heif_image_create)                                                                                               \
    X(heif_image_release)                                                                                              \
    X(heif_image_add_plane)                                                                                            \
    X(heif_image_get_plane)                                                                                            \
    X(heif_image_get_plane_readonly)                                                                                   \
    X(heif_image_has_channel)                                                                                          \
    X(heif_image_get_width)                                                                                            \
    X(heif_image_get_height)                                                                                           \
    X(heif_image_get_bits_per_pixel_range)                                                                             \
    X(heif_image_set_nclx_color_profile)                                                                               \
    X(heif_image_set_raw_color_profile)                                                                                \
    X(heif_nclx_color_profile_alloc)                                                                                   \
    X(heif_nclx_color_profile_free)                                                                                    \
    X(heif_get_encoder_descriptors)                                                                                    \
    X(heif_context_get_encoder)                                                                                        \
    X(heif_encoder_release)                                                                                            \
    X(heif_encoder_set_lossy_quality)                                                                                  \
    X(heif_encoder_set_parameter_integer)                                                                              \
    X(heif_encoder_set_parameter_string)                                                                               \
    X(heif_encoding_options_alloc)                                                                                     \
    X(heif_encoding_options_free)                                                                                      \
    X(heif_context_encode_image)                                                                                       \
    X(heif_context_add_exif_metadata)                                                                                  \
    X(heif_context_add_XMP_metadata)                                                                                   \
    X(heif_context_write)

/// The functions of libheif that are used, under their own names.
struct gesso_heif_library {
#define GESSO_HEIF_MEMBER(name) decltype(&::name) name;
    GESSO_HEIF_FUNCTIONS(GESSO_HEIF_MEMBER)
#undef GESSO_HEIF_MEMBER
};

/// Loads the library at the first call; NULL if it is not installed, or lacks a function.
const gesso_heif_library *gesso_heif_load();

/// The library; only after `gesso_heif_load` found it.
inline const gesso_heif_library &heif() { return *gesso_heif_load(); }

/// What decoding and encoding make; freed also if libheif throws.
struct gesso_heif_objects {
    heif_context *context = nullptr;
    heif_image_handle *handle = nullptr;
    heif_image *image = nullptr;

    ~gesso_heif_objects();
};

/// Fails `report` with libheif's message, or with `text` if it has none.
void gesso_heif_fail(gesso_codec_report *report, gesso_codec_status status, const heif_error &error, const char *text);

/// Loads the library and runs `work`. What it throws if it has no memory, and anything else, becomes a failure.
template <typename Work>
void gesso_heif_run(gesso_codec_report *report, gesso_codec_status status, const char *text, Work work) {
    if (!gesso_heif_load())
        return gesso_heif_fail(report, GESSO_CODEC_UNSUPPORTED, heif_error(), "libheif is not installed");
    try {
        work();
    } catch (const std::bad_alloc &) {
        gesso_heif_fail(report, GESSO_CODEC_NO_MEMORY, heif_error(), "no memory for libheif");
    } catch (...) {
        gesso_heif_fail(report, status, heif_error(), text);
    }
}

#endif
