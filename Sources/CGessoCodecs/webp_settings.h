#ifndef GESSO_CODECS_WEBP_SETTINGS_H
#define GESSO_CODECS_WEBP_SETTINGS_H

#include "gesso_codecs.h"

#include <webp/encode.h>

/// Sets up libwebp with the parameters of gesso_webp_encode; 0 if they are not valid.
int gesso_webp_configure(WebPConfig *config, int lossless, int quality, int method, int fidelity);

/// Copies RGB or RGBA of 8 bits into libwebp's own form; 0 without memory.
int gesso_webp_import(WebPPicture *input, const gesso_codec_image *image);

#endif
