#ifndef GESSO_CODECS_H
#define GESSO_CODECS_H

#include <stddef.h>
#include <stdint.h>

// Drivers over libpng, libjpeg, libwebp, lcms2 and libdeflate. Every setjmp of the package lives behind these
// functions; none of them calls back into Swift from inside a codec, and each reports through a status.

typedef enum {
    GESSO_CODEC_OK = 0,
    GESSO_CODEC_CORRUPT,
    GESSO_CODEC_TRUNCATED,
    GESSO_CODEC_UNSUPPORTED,
    GESSO_CODEC_NO_MEMORY,
    GESSO_CODEC_LIMIT,
    GESSO_CODEC_CANCELLED,
    GESSO_CODEC_TOO_SLOW,
    GESSO_CODEC_BAD_PROFILE,
    GESSO_CODEC_MISUSE,
} gesso_codec_status;

/// What a driver found. Texts are the codec's own words, at most 223 bytes, never empty on failure.
typedef struct {
    gesso_codec_status status;
    int32_t warning_count;
    /// The first row that is not as the file meant it; -1 when all are. Only lenient decoding goes on after it.
    int64_t first_invalid_row;
    char message[224];
    char warning[224];
} gesso_codec_report;

const char *gesso_codec_report_message(const gesso_codec_report *report);
const char *gesso_codec_report_warning(const gesso_codec_report *report);

/// When to give up: checked between rows and scans.
typedef struct {
    /// CPU time this thread may spend in one call, in nanoseconds; 0 for no end.
    int64_t cpu_nanoseconds;
    /// Non-zero to stop; may be NULL. Called between rows, never from inside a codec that could jump over it.
    int (*is_cancelled)(void);
} gesso_codec_watch;

/// Bytes that a driver made; the caller frees them with `gesso_codec_free`.
typedef struct {
    uint8_t *bytes;
    size_t count;
} gesso_codec_output;

void gesso_codec_free(void *bytes);

/// Interleaved pixels: 1, 3 or 4 channels (gray, RGB, RGBA straight) of 8 or 16 bits in the machine's order.
typedef struct {
    uint8_t *pixels;
    size_t bytes_per_row;
    uint32_t width;
    uint32_t height;
    int channels;
    int bits;
    /// Bytes that belong to the image from `pixels` on; behind the last row there may be room to work in.
    size_t capacity;
} gesso_codec_image;

/// The image as the header parser read it, before any scaling. A driver whose library reads anything else refuses the
/// file before it decodes or allocates.
typedef struct {
    uint32_t width;
    uint32_t height;
    /// As stored; 0 when the driver need not compare it.
    int channels;
} gesso_codec_header;

// MARK: PNG

/// Decodes into `image`, whose size must be the file's and whose layout may add or drop alpha. Common kinds take a short
/// way through libdeflate when `image` has the room of gesso_png_spare.
/// Only IHDR, PLTE, tRNS, IDAT and IEND are shown to libpng; everything else is skipped unread.
void gesso_png_decode(const uint8_t *data, size_t count, int strict, const gesso_codec_image *image,
                      const gesso_codec_watch *watch, gesso_codec_report *report);

/// Room behind the pixels that the short way wants, for an image stored in `row_bytes` bytes a row.
size_t gesso_png_spare(size_t row_bytes, size_t bytes_per_row, size_t height);

/// The short way itself: 8 bits, not interlaced, no color key. Inflates into the memory behind the pixels and undoes
/// the filters in place. Returns 1 when the image is whole and sound; 0 leaves the judgement to libpng, whatever the
/// reason, the watch among them.
int gesso_png_decode_fast(const uint8_t *data, size_t count, const gesso_codec_image *image,
                          const gesso_codec_watch *watch);

/// The long way, by libpng alone.
void gesso_png_decode_by_libpng(const uint8_t *data, size_t count, int strict, const gesso_codec_image *image,
                                const gesso_codec_watch *watch, gesso_codec_report *report);

/// `effort` 0 fast, 1 default, 2 small. `profile` may be NULL.
void gesso_png_encode(const gesso_codec_image *image, int effort, const uint8_t *profile, size_t profile_count,
                      const gesso_codec_watch *watch, gesso_codec_output *output, gesso_codec_report *report);

/// The same in the smallest layout that holds the image exactly: alpha that is full everywhere is left out, equal
/// channels become gray (not under a profile for RGB), gray takes 1, 2 or 4 bits where they do, and up to 256 colors
/// become a palette where that is smaller. Photographs are told by their first rows.
void gesso_png_encode_reduced(const gesso_codec_image *image, int effort, const uint8_t *profile,
                              size_t profile_count, const gesso_codec_watch *watch, gesso_codec_output *output,
                              gesso_codec_report *report);

// MARK: JPEG: pixels here, blocks of coefficients in gesso_jpeg_patch.h

typedef struct gesso_color_transform gesso_color_transform;

typedef struct {
    gesso_codec_header header;
    int strict;
    /// 1, 2, 4 or 8: the DCT gives an image of ceil(side / denominator).
    int denominator;
    int maximum_scans;
    /// For libjpeg's own buffers (progressive files hold all coefficients); 0 for no limit.
    size_t maximum_memory;
    /// For CMYK files: CMYK to sRGB, as made by gesso_color_create_cmyk; NULL uses the plain formula.
    gesso_color_transform *cmyk;
} gesso_jpeg_options;

void gesso_jpeg_decode(const uint8_t *data, size_t count, const gesso_jpeg_options *options,
                       const gesso_codec_image *image, const gesso_codec_watch *watch, gesso_codec_report *report);

typedef struct {
    int scans;
    int segments;
} gesso_jpeg_counts;

/// SOS markers and marker segments of any kind in the file, counted without decoding; stops above either maximum.
gesso_jpeg_counts gesso_jpeg_count(const uint8_t *data, size_t count, gesso_jpeg_counts maximum);

/// Chroma sampling factors of the luma component against 1×1 chroma: 1×1 (4:4:4), 2×1 (4:2:2), 2×2 (4:2:0).
void gesso_jpeg_encode(const gesso_codec_image *image, int quality, int horizontal, int vertical, int progressive,
                       const uint8_t *profile, size_t profile_count, const gesso_codec_watch *watch,
                       gesso_codec_output *output, gesso_codec_report *report);

// MARK: WebP

/// Decodes one still image (a whole file, or the payload of one animation frame) of the size that `header` states,
/// scaled to the size of `image`, which has 3 or 4 channels of 8 bits.
void gesso_webp_decode(const uint8_t *data, size_t count, const gesso_codec_header *header, int strict,
                       const gesso_codec_image *image, const gesso_codec_watch *watch, gesso_codec_report *report);

/// `lossless` 0: `quality` 0...100, `method` 0...6, `fidelity` 0...100 is the quality of alpha. `lossless` 1: `quality`
/// is the effort level 0...9, `fidelity` 100 keeps all samples and less changes them a little.
void gesso_webp_encode(const gesso_codec_image *image, int lossless, int quality, int method, int fidelity,
                       const gesso_codec_watch *watch, gesso_codec_output *output, gesso_codec_report *report);

// MARK: GIF

/// One frame of a GIF, as its headers tell it.
typedef struct {
    uint32_t x, y, width, height;
    int interlaced;
    /// The index that stands for no color, or -1.
    int transparent;
    /// Three bytes a color.
    const uint8_t *palette;
    int colors;
} gesso_gif_frame;

/// Decodes one frame onto `image`, the canvas, of 3 or 4 channels of 8 bits; pixels outside of the frame stay as they
/// are. `data` begins with the code size and reaches to the end of the file or the frame. Allocates nothing.
void gesso_gif_decode(const uint8_t *data, size_t count, const gesso_gif_frame *frame, int strict,
                      const gesso_codec_image *image, const gesso_codec_watch *watch, gesso_codec_report *report);

// MARK: Color

/// A profile NULL means sRGB. `channels` 1, 3 or 4 (RGBA, alpha copied), `bits` 8 or 16, same on both sides.
/// Relative colorimetric with black point compensation. NULL on failure, with the reason in `status`.
gesso_color_transform *gesso_color_create(const uint8_t *from, size_t from_count, const uint8_t *to, size_t to_count,
                                          int channels, int bits, gesso_codec_status *status);
/// 8-bit CMYK, inverted as JPEG files hold it, to 8-bit sRGB.
gesso_color_transform *gesso_color_create_cmyk(const uint8_t *from, size_t from_count, gesso_codec_status *status);
/// Whether lcms2 can read colors of `channels` by the profile: GESSO_CODEC_OK, or why not.
gesso_codec_status gesso_color_check(const uint8_t *profile, size_t count, int channels);
void gesso_color_apply(const gesso_color_transform *transform, const uint8_t *from, uint8_t *to, size_t pixel_count);
void gesso_color_free(gesso_color_transform *transform);

// MARK: zlib

/// CRC-32 as PNG uses it (ISO 3309), over `count` bytes, going on from `crc` (0 to begin).
uint32_t gesso_crc32(uint32_t crc, const uint8_t *data, size_t count);

/// Inflates a zlib stream of at most `maximum` bytes; GESSO_CODEC_LIMIT when it holds more. A stream that consists of
/// blocks that hold nothing is damaged.
void gesso_zlib_inflate(const uint8_t *data, size_t count, size_t maximum, gesso_codec_output *output,
                        gesso_codec_report *report);

/// The versions of the libraries behind the codecs, as they are loaded.
typedef struct {
    char png[16];
    char jpeg[24];
    char webp[16];
    char lcms[16];
    char deflate[16];
} gesso_codec_versions_t;

void gesso_codec_versions(gesso_codec_versions_t *versions);

#endif
