// The versions of the codec libraries: of those that are loaded, or of the headers where no function tells.

#include "gesso_codecs.h"
#include "gesso_heif.h"

#include <png.h>
#include <stdio.h>
#include <jpeglib.h>
#include <lcms2.h>
#include <libdeflate.h>
#include <webp/decode.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

void gesso_codec_versions(gesso_codec_versions_t *versions) {
    png_uint_32 png = png_access_version_number();
    snprintf(versions->png, sizeof versions->png, "%u.%u.%u", png / 10000, png / 100 % 100, png % 100);
    // libjpeg-turbo and libdeflate have no function for it.
#ifdef LIBJPEG_TURBO_VERSION
    snprintf(versions->jpeg, sizeof versions->jpeg, "%s", TEXT(LIBJPEG_TURBO_VERSION));
#else
    snprintf(versions->jpeg, sizeof versions->jpeg, "libjpeg %d", JPEG_LIB_VERSION);
#endif
    int webp = WebPGetDecoderVersion();
    snprintf(versions->webp, sizeof versions->webp, "%d.%d.%d", webp >> 16, webp >> 8 & 255, webp & 255);
    int lcms = cmsGetEncodedCMMversion();
    snprintf(versions->lcms, sizeof versions->lcms, "%d.%d", lcms / 1000, lcms / 10 % 100);
    snprintf(versions->deflate, sizeof versions->deflate, "%s", LIBDEFLATE_VERSION_STRING);
    gesso_heif_versions(versions->heif, sizeof versions->heif);
}
