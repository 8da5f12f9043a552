#ifndef GESSO_JPEG_PATCH_H
#define GESSO_JPEG_PATCH_H

#include "gesso_codecs.h"

// JPEG files as blocks of DCT coefficients: read them, and write the file again with some of them replaced.

typedef enum {
    GESSO_JPEG_GRAY = 1,
    /// Three components without a color transform (Adobe transform 0).
    GESSO_JPEG_RGB,
    GESSO_JPEG_YCC,
    /// CMYK and YCCK.
    GESSO_JPEG_INKS,
    GESSO_JPEG_OTHER,
} gesso_jpeg_colors;

/// How a file divides its image. Everything for up to four components, in the frame header's order.
typedef struct {
    uint32_t width;
    uint32_t height;
    int components;
    gesso_jpeg_colors colors;
    int progressive;
    int arithmetic;
    /// In MCUs; 0 for none.
    uint32_t restart_interval;
    int horizontal[4];
    int vertical[4];
    uint32_t blocks_across[4];
    uint32_t blocks_down[4];
    /// The quantizer of each coefficient, rows of eight from DC on; 0 where the file defines none.
    uint16_t quantisers[4][64];
} gesso_jpeg_layout;

/// Swift sees the table as 256 members.
uint16_t gesso_jpeg_layout_quantiser(const gesso_jpeg_layout *layout, int component, int index);

typedef struct {
    gesso_codec_header header;
    int maximum_scans;
    /// For libjpeg's own buffers, which hold all coefficients; 0 for no limit.
    size_t maximum_memory;
} gesso_jpeg_reading;

/// Reads as far as the first scan.
void gesso_jpeg_read_layout(const uint8_t *data, size_t count, const gesso_codec_header *header,
                            gesso_jpeg_layout *layout, gesso_codec_report *report);

/// All coefficients as the file holds them, quantized: int16 in the machine's order, 64 a block in rows of eight,
/// blocks in rows, component after component.
void gesso_jpeg_read_coefficients(const uint8_t *data, size_t count, const gesso_jpeg_reading *reading,
                                  const gesso_codec_watch *watch, gesso_jpeg_layout *layout,
                                  gesso_codec_output *output, gesso_codec_report *report);

/// What replaces part of an image: a window of the upright image with the weight of each of its pixels.
typedef struct {
    /// 8 bits a channel, 1 channel or 3. Read only where the weight is above 0.
    const uint8_t *pixels;
    size_t bytes_per_row;
    int channels;
    /// 0 keeps the pixel, 255 replaces all of it.
    const uint8_t *weights;
    size_t weights_per_row;
    /// Where the window lies in the upright image.
    uint32_t left;
    uint32_t top;
    uint32_t width;
    uint32_t height;
    /// EXIF's 1...8: how the stored image is turned upright. The new file says so too.
    int orientation;
    /// NULL embeds none.
    const uint8_t *profile;
    size_t profile_count;
} gesso_jpeg_replacement;

/// Writes the file again with the blocks replaced that hold a pixel of weight above 0; all others keep their
/// coefficients. Markers other than those libjpeg needs, orientation and profile are left out.
/// `watch` bounds all of it together: reading, replacing and writing.
void gesso_jpeg_patch(const uint8_t *data, size_t count, const gesso_jpeg_reading *reading,
                      const gesso_jpeg_replacement *replacement, const gesso_codec_watch *watch,
                      gesso_codec_output *output, gesso_codec_report *report);

#endif
