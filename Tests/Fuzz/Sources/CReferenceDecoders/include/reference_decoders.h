#ifndef GESSO_JUDGES_H
#define GESSO_JUDGES_H

#include <stddef.h>
#include <stdint.h>

// A second opinion on files: libpng, libjpeg and libwebp used as their manuals show, sharing nothing with the drivers
// under test. The whole file is shown to them, and any warning about the image's data counts as damage.

typedef struct {
    /// Whether the file is whole and sound.
    int accepted;
    uint32_t width, height;
    /// 1, 3 or 4 interleaved channels of 8 bits without padding; 0 when the reference decoder does not tell (CMYK).
    int channels;
    /// Freed by `reference_free`; NULL unless accepted and told.
    uint8_t *pixels;
    char reason[200];
} reference_result;

/// `channels` 1, 3 or 4: the layout wanted, as for a bitmap of that file.
reference_result reference_png(const uint8_t *data, size_t count, int channels);
reference_result reference_jpeg(const uint8_t *data, size_t count);
/// A still image.
reference_result reference_webp(const uint8_t *data, size_t count, int channels);
void reference_free(reference_result *verdict);

/// Raw deflate by zlib, as far as it goes; returns how many bytes came out.
size_t reference_inflate(const uint8_t *data, size_t count, uint8_t *output, size_t capacity);

#endif
