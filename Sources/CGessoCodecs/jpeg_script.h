#ifndef GESSO_CODECS_JPEG_SCRIPT_H
#define GESSO_CODECS_JPEG_SCRIPT_H

#include "jpeg_error.h"

/// Reads the file's order of scans, to write it with the same one, which may have been optimized. At most `capacity`
/// scans; 0 if there are more, if libjpeg cannot write them, or if they leave out bits. `codec` has read the file's
/// header.
int gesso_jpeg_read_script(const uint8_t *data, size_t count, j_decompress_ptr codec, jpeg_scan_info *scans,
                           int capacity);

#endif
