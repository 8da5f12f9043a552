#ifndef GESSO_CODECS_HEIF_LIBRARY_H
#define GESSO_CODECS_HEIF_LIBRARY_H

#include <libheif/heif.h>

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

#endif
