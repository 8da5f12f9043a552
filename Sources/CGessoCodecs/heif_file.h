#ifndef GESSO_CODECS_HEIF_FILE_H
#define GESSO_CODECS_HEIF_FILE_H

#include "gesso_heif.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Writes a HEIF file with `coded` as its only item. NULL if there is no memory, if the file would exceed 2 GiB, or if
/// the decoder configuration is truncated. The caller frees it with gesso_buffer_free.
uint8_t *gesso_heif_file(const gesso_heif_coded *coded, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
