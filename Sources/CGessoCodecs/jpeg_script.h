#ifndef GESSO_CODECS_JPEG_SCRIPT_H
#define GESSO_CODECS_JPEG_SCRIPT_H

#include "jpeg_error.h"

/// Reads the order of the file's scans, which an optimizer may have chosen, so that the new file can have the same.
/// Returns the number of scans; 0 if there are more than `capacity`, if libjpeg cannot write them, or if they leave out
/// bits. Call after jpeg_read_header.
int gesso_jpeg_read_script(const uint8_t *data, size_t count, j_decompress_ptr codec, jpeg_scan_info *scans,
                           int capacity);

#endif
