#ifndef GESSO_JPEG_PATCH_H
#define GESSO_JPEG_PATCH_H

#include "gesso_codecs.h"

// Reads a JPEG as blocks of DCT coefficients, and writes it again with some blocks replaced.

typedef enum {
    GESSO_JPEG_GRAY = 1,
    /// Three components without a color transform (Adobe transform 0).
    GESSO_JPEG_RGB,
    GESSO_JPEG_YCC,
    /// CMYK and YCCK.
    GESSO_JPEG_INKS,
    GESSO_JPEG_OTHER,
} gesso_jpeg_colors;

/// The division of a file into blocks, for up to four components in the frame header's order.
typedef struct {
    uint32_t width;
    uint32_t height;
    int components;
    gesso_jpeg_colors colors;
    int progressive;
    int arithmetic;
    /// The number of MCUs between restart markers; 0 if there are none.
    uint32_t restart_interval;
    /// The sampling factors, 1 to 4.
    int horizontal[4];
    int vertical[4];
    /// The number of blocks in each direction that contain pixels of the image.
    uint32_t blocks_across[4];
    uint32_t blocks_down[4];
    /// The quantizer of each coefficient, row by row, DC first; 0 if the file defines none.
    uint16_t quantizers[4][64];
} gesso_jpeg_layout;

/// The quantizer of one coefficient, 0 outside the tables. Swift would import the array as a tuple of 256 members.
uint16_t gesso_jpeg_layout_quantizer(const gesso_jpeg_layout *layout, int component, int index);

/// How coefficients are read, and the header that the file must have.
typedef struct {
    gesso_codec_header header;
    /// Strict or standard: coefficients of a damaged file are not used.
    gesso_decode_level level;
    int maximum_scans;
    /// The memory for libjpeg's own buffers, which hold all coefficients; 0 for no limit.
    size_t maximum_memory;
} gesso_jpeg_reading;

/// Reads the layout from the headers before the first scan; decodes nothing.
void gesso_jpeg_read_layout(const uint8_t *data, size_t count, const gesso_codec_header *header,
                            gesso_jpeg_layout *layout, gesso_codec_report *report);

/// Reads all coefficients, quantized: int16 in native byte order, 64 per block, row by row; blocks in rows, component
/// after component.
void gesso_jpeg_read_coefficients(const uint8_t *data, size_t count, const gesso_jpeg_reading *reading,
                                  const gesso_codec_watch *watch, gesso_jpeg_layout *layout,
                                  gesso_codec_output *output, gesso_codec_report *report);

/// The replacement of a part of the image: a window of the upright image with a weight for each pixel.
typedef struct {
    /// 8 bits per channel, 1 or 3 channels. Read only where the weight is above 0.
    const uint8_t *pixels;
    size_t bytes_per_row;
    int channels;
    /// 0 keeps the original pixel, 255 replaces it.
    const uint8_t *weights;
    size_t weights_per_row;
    /// The position of the window in the upright image.
    uint32_t left;
    uint32_t top;
    uint32_t width;
    uint32_t height;
    /// The orientation of the stored image (EXIF 1...8); also written to the new file.
    int orientation;
    /// The profile to embed; NULL for none.
    const uint8_t *profile;
    size_t profile_count;
} gesso_jpeg_replacement;

/// Writes the file again with the blocks replaced that contain a pixel of weight above 0; all others keep their
/// coefficients. Markers other than those that libjpeg needs, orientation and profile are left out. `watch` limits
/// reading, replacing and writing together.
void gesso_jpeg_patch(const uint8_t *data, size_t count, const gesso_jpeg_reading *reading,
                      const gesso_jpeg_replacement *replacement, const gesso_codec_watch *watch,
                      gesso_codec_output *output, gesso_codec_report *report);

#endif
