// The layout of a JPEG as its header describes it.

#ifndef GESSO_CODECS_JPEG_LAYOUT_H
#define GESSO_CODECS_JPEG_LAYOUT_H

#include "gesso_jpeg_patch.h"
#include "jpeg_error.h"

/// Call after jpeg_read_header. Reads the quantizers defined so far.
void gesso_jpeg_describe(j_decompress_ptr codec, gesso_jpeg_layout *layout);

#endif
