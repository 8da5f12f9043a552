#include "reference_decoders.h"

#include <string.h>
#include <zlib.h>

size_t reference_inflate(const uint8_t *data, size_t count, uint8_t *output, size_t capacity) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    // Negative: no header, no checksum.
    if (inflateInit2(&stream, -15) != Z_OK) return 0;
    stream.next_in = (Bytef *)data;
    stream.avail_in = (uInt)count;
    stream.next_out = output;
    stream.avail_out = (uInt)capacity;
    inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return capacity - stream.avail_out;
}
