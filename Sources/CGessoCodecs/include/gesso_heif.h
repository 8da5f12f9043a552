#ifndef GESSO_HEIF_H
#define GESSO_HEIF_H

#include "gesso_codecs.h"

#ifdef __cplusplus
extern "C" {
#endif

// The driver over libheif. Without the package trait HEIF, each function fails with GESSO_CODEC_UNSUPPORTED.
//
// The container of a file from outside is read by the header parser; libheif gets one coded image at a time, in a file
// that the driver writes around it.

/// Whether the driver was built with libheif, and the library is installed; loads it.
int gesso_heif_is_available(void);

/// Whether the library also has the encoder that gesso_avif_encode needs, which may be a package of its own.
int gesso_heif_encodes_avif(void);

/// The version of libheif and the names of its codecs, for reports; empty without libheif.
void gesso_heif_versions(char *text, size_t capacity);

typedef enum { GESSO_HEIF_HEVC = 1, GESSO_HEIF_AV1 } gesso_heif_codec;

typedef struct {
    const uint8_t *bytes;
    size_t count;
} gesso_heif_span;

/// A coded image, checked by the header parser: a still image, one tile of a grid, or alpha.
typedef struct {
    gesso_heif_codec codec;
    /// The content of the box hvcC or av1C.
    gesso_heif_span configuration;
    /// NAL units without lengths, or OBUs, including all parameter sets and sequence headers.
    const gesso_heif_span *units;
    size_t unit_count;
    uint32_t width, height;
    int bits;
    int is_gray;
    /// Gray: whether black and white are 16 and 235 (of 8 bits); libheif hands out gray samples as they are.
    int is_limited;
    /// The code points of ITU-T H.273 if the container states them.
    int has_code_points;
    uint16_t primaries, transfer, matrix;
    int is_full_range;
} gesso_heif_coded;

/// When a decode of several calls began. libheif's decoders use threads of their own, so their time is measured as the
/// smaller of the elapsed time and the CPU time of the process.
typedef struct {
    int64_t elapsed, process;
} gesso_heif_time;

gesso_heif_time gesso_heif_now(void);

/// Decodes `coded` and writes the part of it that lies in `image` with its first pixel at (x, y), which may be negative:
/// as colors, with opaque alpha if `image` has alpha, or as the alpha of `image`. The watch is checked before and after.
void gesso_heif_decode(const gesso_heif_coded *coded, int64_t x, int64_t y, int is_alpha,
                       const gesso_codec_image *image, const gesso_codec_watch *watch, const gesso_heif_time *started,
                       gesso_codec_report *report);

/// Divides colors by alpha, rounded; colors under alpha 0 become 0.
void gesso_heif_unpremultiply(const gesso_codec_image *image);

typedef struct {
    /// 0...100.
    int quality;
    /// 0 (small) ... 10 (fast); libaom's scale ends at 9.
    int speed;
    /// Whether chroma has half the resolution in both directions (4:2:0).
    int halves_chroma;
    /// Each may be empty. EXIF from its TIFF header on.
    gesso_heif_span profile, exif, xmp;
} gesso_avif_options;

/// Encodes 8-bit gray, RGB or RGBA. libheif cannot be stopped, so the watch is checked before and after.
void gesso_avif_encode(const gesso_codec_image *image, const gesso_avif_options *options,
                       const gesso_codec_watch *watch, gesso_codec_output *output, gesso_codec_report *report);

#ifdef __cplusplus
}
#endif

#endif
