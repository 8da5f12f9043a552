// Classifies the messages of libpng and libjpeg by whether they concern pixels.

#include "gesso_codecs.h"

#include <stdio.h>
#include <string.h>
// jpeglib.h needs size_t and FILE first.
#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    const char *text;
    gesso_message_class class;
} png_message;

/// Warnings of libpng 1.6 while it reads IHDR, PLTE, tRNS, IDAT and IEND, the only chunks that it gets. libpng puts the
/// chunk's name before most of them. Everything else is damage, as are all errors before the last row: pixel data
/// that are missing or have a wrong checksum, and a transparency that is lost ("tRNS: invalid", "tRNS: CRC error").
static const png_message png_messages[] = {
    // More data than pixels.
    {"IDAT: Too much image data", GESSO_MESSAGE_HARMLESS},
    {"IDAT: Extra compressed data", GESSO_MESSAGE_HARMLESS},
    {"Too much image data", GESSO_MESSAGE_HARMLESS},
    {"Extra compressed data", GESSO_MESSAGE_HARMLESS},
    {"Extra compressed data in IDAT", GESSO_MESSAGE_HARMLESS},
    {"Extra compression data in IDAT", GESSO_MESSAGE_HARMLESS},
    {".Too many IDATs found", GESSO_MESSAGE_BLEMISH},
    {"Too many IDATs found", GESSO_MESSAGE_BLEMISH},
    // Bits above the image's depth are ignored (PNG 3rd edition, 11.3.1.1).
    {"tRNS chunk has out-of-range samples for bit_depth", GESSO_MESSAGE_BLEMISH},
    // A second transparency, or one beside an alpha channel, does not apply.
    {"tRNS: duplicate", GESSO_MESSAGE_BLEMISH},
    {"tRNS: invalid with alpha channel", GESSO_MESSAGE_BLEMISH},
    // Decoders agree to ignore it.
    {"tRNS: out of place", GESSO_MESSAGE_BLEMISH},
    // Only a warning where the palette is a suggestion.
    {"PLTE: invalid", GESSO_MESSAGE_BLEMISH},
    {"PLTE: ignored in grayscale PNG", GESSO_MESSAGE_BLEMISH},
    // Such pixels are black in all decoders.
    {"Read palette index exceeding num_palette", GESSO_MESSAGE_BLEMISH},
    {"IEND: invalid", GESSO_MESSAGE_BLEMISH},
};

gesso_message_class gesso_png_message_class(const char *message) {
    for (size_t i = 0; i < sizeof png_messages / sizeof *png_messages; i++)
        if (strcmp(message, png_messages[i].text) == 0) return png_messages[i].class;
    // Chunks whose name begins with a lower-case letter do not affect pixels, except tRNS (PNG 3rd edition, 5.4).
    int is_about_chunk = strlen(message) > 6 && memcmp(message + 4, ": ", 2) == 0;
    if (is_about_chunk && message[0] & 0x20 && memcmp(message, "tRNS", 4) != 0) return GESSO_MESSAGE_BLEMISH;
    return GESSO_MESSAGE_DAMAGE;
}

gesso_message_class gesso_jpeg_message_class(int code, int marker) {
    switch (code) {
    // Between marker segments and before the end of the image, such bytes do not belong to the image. Before a restart
    // marker they are entropy-coded data for which there are no pixels.
    case JWRN_EXTRANEOUS_DATA:
        return marker >= 0xd0 && marker <= 0xd7 ? GESSO_MESSAGE_DAMAGE : GESSO_MESSAGE_BLEMISH;
    // The end of the file. If data are missing, JWRN_HIT_MARKER follows, or scans are incomplete.
    case JWRN_JPEG_EOF:
    // Sequential scans have only one possible value for these parameters.
    case JWRN_NOT_SEQUENTIAL:
    // Decoded as revision 1.
    case JWRN_JFIF_MAJOR:
    // Decoded as YCbCr or YCCK, as by all decoders.
    case JWRN_ADOBE_XFORM:
    // Only the profile is affected, which libjpeg does not read for us.
    case JWRN_BOGUS_ICC: return GESSO_MESSAGE_BLEMISH;
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    // JERR_…, and what later versions add.
    default: return GESSO_MESSAGE_DAMAGE;
    }
}

const char *gesso_jpeg_message_text(int code) {
    struct jpeg_error_mgr errors;
    jpeg_std_error(&errors);
    if (code <= 0 || code > errors.last_jpeg_message) return NULL;
    return errors.jpeg_message_table[code];
}
