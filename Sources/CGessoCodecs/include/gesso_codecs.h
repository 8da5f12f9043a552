#ifndef GESSO_CODECS_H
#define GESSO_CODECS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Drivers over libpng, libjpeg, libwebp, lcms2 and libdeflate; over libheif in gesso_heif.h. Every setjmp of the package is in these functions. None
// of them calls Swift from inside a codec, and each returns a status.

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

enum { GESSO_CODEC_MOST_WARNINGS = 8 };

/// The result of a driver. Texts are cut where they do not fit, often come from the codec, and `message` is not empty
/// after a failure.
typedef struct {
    gesso_codec_status status;
    /// The number of different texts in `warnings`; more than fit are not kept.
    int32_t warning_count;
    /// The first row that may be wrong; -1 if all are right. Only lenient decoding returns pixels then.
    int64_t first_invalid_row;
    char message[224];
    char warnings[GESSO_CODEC_MOST_WARNINGS][160];
} gesso_codec_report;

const char *gesso_codec_report_message(const gesso_codec_report *report);
/// The text of a warning, from 0 up to `warning_count`.
const char *gesso_codec_report_warning(const gesso_codec_report *report, int index);

/// How much damage a decoder accepts.
typedef enum {
    /// Returns the rows that could be read.
    GESSO_LEVEL_LENIENT,
    /// Accepts what affects no pixel.
    GESSO_LEVEL_STANDARD,
    /// Accepts no damage.
    GESSO_LEVEL_STRICT,
} gesso_decode_level;

/// What a message of a codec library means for the pixels, which decides at which level it is an error.
typedef enum {
    /// Nothing; never an error.
    GESSO_MESSAGE_HARMLESS,
    /// The file violates its format, but all pixels are right; an error if strict.
    GESSO_MESSAGE_BLEMISH,
    /// Pixels are missing or may be wrong; an error unless lenient.
    GESSO_MESSAGE_DAMAGE,
} gesso_message_class;

/// The class of a warning of libpng by its text; DAMAGE for unknown ones.
gesso_message_class gesso_png_message_class(const char *message);
/// The class of a message of libjpeg by its number in jerror.h; DAMAGE for unknown ones. `marker` is the marker that
/// follows extraneous bytes, otherwise ignored.
gesso_message_class gesso_jpeg_message_class(int code, int marker);
/// The text of a message of libjpeg, with format specifiers; NULL if there is no such number.
const char *gesso_jpeg_message_text(int code);

/// When to stop; checked between rows and scans.
typedef struct {
    /// The CPU time in nanoseconds that this thread may use in one call; 0 for no limit.
    int64_t cpu_nanoseconds;
    /// Returns non-zero to stop; may be NULL. Called between rows, never from inside a codec, which could longjmp over
    /// it.
    int (*is_cancelled)(void);
} gesso_codec_watch;

/// Bytes allocated by a driver; the caller frees them with `gesso_codec_free`.
typedef struct {
    uint8_t *bytes;
    size_t count;
} gesso_codec_output;

/// Memory of that size; NULL if there is none.
uint8_t *gesso_codec_allocate(size_t count);
void gesso_codec_free(void *bytes);

/// Interleaved pixels: 1, 3 or 4 channels (gray, RGB, straight RGBA) of 8 or 16 bits in native byte order.
typedef struct {
    uint8_t *pixels;
    size_t bytes_per_row;
    uint32_t width;
    uint32_t height;
    int channels;
    int bits;
    /// The size in bytes of the memory from `pixels` on; there may be additional space after the last row.
    size_t capacity;
} gesso_codec_image;

/// The image's header as read by the header parser, before scaling. A driver whose library reads a different one fails
/// before it decodes or allocates.
typedef struct {
    uint32_t width;
    uint32_t height;
    /// As stored; 0 if the driver need not compare it.
    int channels;
} gesso_codec_header;

// MARK: PNG

/// Decodes into `image`, whose size must be the file's and whose layout may add or drop alpha. Common kinds are
/// decoded with libdeflate if `image` has the additional space of gesso_png_spare, all others with libpng. libpng gets
/// only IHDR, PLTE, tRNS, IDAT and IEND.
void gesso_png_decode(const uint8_t *data, size_t count, gesso_decode_level level,
                      const gesso_codec_image *image, const gesso_codec_watch *watch, gesso_codec_report *report);

/// The additional space in bytes for decoding with libdeflate an image stored in `row_bytes` bytes per row.
size_t gesso_png_spare(size_t row_bytes, size_t bytes_per_row, size_t height);

/// Decodes with libdeflate: 8 bits, not interlaced, no color key. Inflates into the space after the pixels and
/// reverses the filters in place. Returns 1 if the image is complete and valid. After 0, for any reason including the
/// watch, libpng must decide.
int gesso_png_decode_fast(const uint8_t *data, size_t count, const gesso_codec_image *image,
                          const gesso_codec_watch *watch);

/// Decodes with libpng only.
void gesso_png_decode_by_libpng(const uint8_t *data, size_t count, gesso_decode_level level,
                                const gesso_codec_image *image, const gesso_codec_watch *watch, gesso_codec_report *report);

/// `effort` 0 fast, 1 default, 2 small. `profile` may be NULL.
void gesso_png_encode(const gesso_codec_image *image, int effort, const uint8_t *profile, size_t profile_count,
                      const gesso_codec_watch *watch, gesso_codec_output *output, gesso_codec_report *report);

/// The same in the smallest form that represents the image exactly: alpha is left out if all pixels are opaque, equal
/// channels become gray (unless an RGB profile is given), gray takes 1, 2 or 4 bits if they suffice, and up to 256
/// colors become a palette if that is smaller. Photographs are recognized by their first rows. With a gray profile, pixels
/// whose channels are equal are stored as gray, with alpha if they have some.
void gesso_png_encode_reduced(const gesso_codec_image *image, int effort, const uint8_t *profile,
                              size_t profile_count, const gesso_codec_watch *watch, gesso_codec_output *output,
                              gesso_codec_report *report);

/// Whether red, green and blue are equal everywhere. Stops at the first row where they are not.
int gesso_png_is_gray(const gesso_codec_image *image);

// MARK: JPEG: pixels here, blocks of coefficients in gesso_jpeg_patch.h

typedef struct gesso_color_transform gesso_color_transform;

typedef struct {
    gesso_codec_header header;
    gesso_decode_level level;
    /// 1, 2, 4 or 8: the image is decoded to ceil(side / denominator).
    int denominator;
    int maximum_scans;
    /// The memory for libjpeg's own buffers (progressive files need all coefficients); 0 for no limit.
    size_t maximum_memory;
    /// For CMYK files: CMYK to sRGB, from gesso_color_create_cmyk; NULL for a conversion without a profile.
    gesso_color_transform *cmyk;
} gesso_jpeg_options;

void gesso_jpeg_decode(const uint8_t *data, size_t count, const gesso_jpeg_options *options,
                       const gesso_codec_image *image, const gesso_codec_watch *watch, gesso_codec_report *report);

typedef struct {
    int scans;
    int segments;
} gesso_jpeg_counts;

/// Counts the SOS markers and the marker segments of the file without decoding; stops above either maximum.
gesso_jpeg_counts gesso_jpeg_count(const uint8_t *data, size_t count, gesso_jpeg_counts maximum);

/// The sampling factors of luma relative to 1×1 chroma: 1×1 (4:4:4), 2×1 (4:2:2), 2×2 (4:2:0).
void gesso_jpeg_encode(const gesso_codec_image *image, int quality, int horizontal, int vertical, int progressive,
                       const uint8_t *profile, size_t profile_count, const gesso_codec_watch *watch,
                       gesso_codec_output *output, gesso_codec_report *report);

// MARK: WebP

/// Decodes one still image (a whole file, or the payload of one animation frame) of the size that `header` states,
/// scaled to the size of `image`, which has 3 or 4 channels of 8 bits.
void gesso_webp_decode(const uint8_t *data, size_t count, const gesso_codec_header *header,
                       gesso_decode_level level, const gesso_codec_image *image, const gesso_codec_watch *watch,
                       gesso_codec_report *report);

/// If `lossless` is 0: `quality` 0...100, `method` 0...6, and `fidelity` 0...100 is the quality of alpha. If it is 1:
/// `quality` is the effort 0...9, and `fidelity` below 100 allows small changes of samples.
void gesso_webp_encode(const gesso_codec_image *image, int lossless, int quality, int method, int fidelity,
                       const gesso_codec_watch *watch, gesso_codec_output *output, gesso_codec_report *report);

// MARK: GIF

/// A frame of a GIF, as read by the header parser.
typedef struct {
    uint32_t x, y, width, height;
    int interlaced;
    /// The index of transparent pixels, or -1.
    int transparent;
    /// Three bytes per color.
    const uint8_t *palette;
    int colors;
} gesso_gif_frame;

/// Decodes one frame onto `image`, the canvas, of 3 or 4 channels of 8 bits; pixels outside the frame are not changed.
/// `data` begins with the code size and extends to the end of the file or the frame. Allocates nothing.
void gesso_gif_decode(const uint8_t *data, size_t count, const gesso_gif_frame *frame,
                      gesso_decode_level level, const gesso_codec_image *image, const gesso_codec_watch *watch,
                      gesso_codec_report *report);

// MARK: Color

/// A conversion between profiles; NULL means sRGB. `channels` is 1, 3 or 4 (RGBA, alpha copied) and `bits` 8 or 16 on
/// both sides. Relative colorimetric with black point compensation. NULL on failure, with the reason in `status`.
gesso_color_transform *gesso_color_create(const uint8_t *from, size_t from_count, const uint8_t *to, size_t to_count,
                                          int channels, int bits, gesso_codec_status *status);
/// From 8-bit CMYK, inverted as in JPEG files, to 8-bit sRGB.
gesso_color_transform *gesso_color_create_cmyk(const uint8_t *from, size_t from_count, gesso_codec_status *status);
/// Whether lcms2 can convert from the profile with that number of channels: GESSO_CODEC_OK, or the reason.
gesso_codec_status gesso_color_check(const uint8_t *profile, size_t count, int channels);
void gesso_color_apply(const gesso_color_transform *transform, const uint8_t *from, uint8_t *to, size_t pixel_count);
void gesso_color_free(gesso_color_transform *transform);

// MARK: zlib

/// CRC-32 as in PNG (ISO 3309) over `count` bytes, continued from `crc` (0 at the start).
uint32_t gesso_crc32(uint32_t crc, const uint8_t *data, size_t count);

/// Inflates a zlib stream; GESSO_CODEC_LIMIT if it has more than `maximum` bytes. A stream with too many empty blocks
/// counts as damaged.
void gesso_zlib_inflate(const uint8_t *data, size_t count, size_t maximum, gesso_codec_output *output,
                        gesso_codec_report *report);

/// The versions of the codec libraries that are loaded.
typedef struct {
    char png[16];
    char jpeg[24];
    char webp[16];
    char lcms[16];
    char deflate[16];
    /// With the names of its codecs; empty if built without libheif.
    char heif[64];
} gesso_codec_versions_t;

void gesso_codec_versions(gesso_codec_versions_t *versions);

#ifdef __cplusplus
}
#endif

#endif
