#ifndef GESSO_BYTES_H
#define GESSO_BYTES_H

#include <stddef.h>

// Memory for files that arrive: grows without a copy where the system can, in pieces (gesso_page_pool.h) where it is large.

/// Memory of at least `wanted` bytes with the first `used` bytes of the old, or NULL when there is none; the old is then
/// left as it was. `capacity` is the old one, 0 for none, and becomes the new one.
void *gesso_bytes_grow(void *bytes, size_t used, size_t *capacity, size_t wanted);

/// Gives back what lies far behind the first `used` bytes; they may move. `capacity` as above.
void *gesso_bytes_fit(void *bytes, size_t used, size_t *capacity);

void gesso_bytes_free(void *bytes, size_t capacity);

#endif
