#ifndef GESSO_CODECS_JPEG_SCRIPT_H
#define GESSO_CODECS_JPEG_SCRIPT_H

#include "jpeg_error.h"

/// The file's own order of scans, to write it with again: an optimized order costs its makers much trouble and keeps
/// the file small. At most `capacity` scans; 0 when they are more, or not such that libjpeg would write them and
/// every bit of every coefficient comes through. `codec` has read the file's header.
int gesso_jpeg_read_script(const uint8_t *data, size_t count, j_decompress_ptr codec, jpeg_scan_info *scans,
                           int capacity);

#endif
