#ifndef ROOF_H
#define ROOF_H
#include <stddef.h>

/* What the machine can do at best, and what the codecs' own libraries do, to hold the rest against. */

/* Copies count bytes. */
void roof_copy(void *to, const void *from, size_t count);

/* Decodes a PNG with libpng to RGB or RGBA; 0 when it could. */
int roof_libpng_decode(const void *png, size_t count, int channels);

/* Inflates the IDAT stream of a PNG with libdeflate and stops there; 0 when it could. */
int roof_libdeflate_inflate(const void *png, size_t count);

/* Decodes a PNG of 8 bits a channel, not interlaced, with libdeflate and Gesso's own unfilter, as Gesso does with its
   own inflate; 0 when it could. */
int roof_libdeflate_decode(const void *png, size_t count);

/* Encodes rows of 1, 3 or 4 channels as a PNG with Gesso's own filters and libdeflate at a level; the length of the
   file, or 0. */
size_t roof_libdeflate_encode(const void *pixels, int width, int height, int channels, int stride, int level);

/* Encodes RGB rows with libwebp at its default method; the length of the file, or 0. */
size_t roof_libwebp_encode(const void *rgb, int width, int height, int stride, int quality);

#endif
