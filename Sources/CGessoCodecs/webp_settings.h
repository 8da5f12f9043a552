#ifndef GESSO_CODECS_WEBP_SETTINGS_H
#define GESSO_CODECS_WEBP_SETTINGS_H

#include <webp/encode.h>

/// Sets up libwebp with the parameters of gesso_webp_encode; 0 if they are not valid.
int gesso_webp_configure(WebPConfig *config, int lossless, int quality, int method, int fidelity);

#endif
