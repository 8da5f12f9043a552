#ifndef GESSO_CODECS_JPEG_REPLACE_H
#define GESSO_CODECS_JPEG_REPLACE_H

#include "jpeg_error.h"
#include "jpeg_stream.h"
#include "jpeg_window.h"

/// Memory for the replacement, owned by the caller so that it can be freed after libjpeg's longjmp.
typedef struct {
    /// Two rows of new blocks: a row is written after the one below is computed, which needs the old row.
    JBLOCK *blocks[2];
    uint8_t *is_new[2];
} gesso_jpeg_replacing;

void gesso_jpeg_replacing_free(gesso_jpeg_replacing *work);

/// Replaces the blocks of all components that hold a pixel of the window with a weight above 0.
void gesso_jpeg_replace_blocks(gesso_jpeg_replacing *work, j_decompress_ptr codec, jvirt_barray_ptr *arrays,
                               const gesso_jpeg_window *window, gesso_jpeg_progress *progress);

#endif
