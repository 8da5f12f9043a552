#ifndef GESSO_BYTES_H
#define GESSO_BYTES_H

#include <stddef.h>

// Memory for files as they are received: grows without copying where the system allows it, and uses the page pool
// (gesso_page_pool.h) for large sizes.

/// Memory of at least `wanted` bytes that starts with the first `used` bytes of the old memory; NULL if the allocation
/// fails, which leaves the old memory as it was. `capacity` is the old capacity (0 for none) and becomes the new one.
void *gesso_bytes_grow(void *bytes, size_t used, size_t *capacity, size_t wanted);

/// Frees most of the memory after the first `used` bytes, which may move. `capacity` as above.
void *gesso_bytes_fit(void *bytes, size_t used, size_t *capacity);

void gesso_bytes_free(void *bytes, size_t capacity);

#endif
