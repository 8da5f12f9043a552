#ifndef GESSO_BUFFER_H
#define GESSO_BUFFER_H

#include <stddef.h>

/// 64-byte aligned memory, or NULL if the allocation fails, which the caller reports as an error. Large buffers come
/// from the page pool and not from the heap. Swift's own allocator would end the process.
void *gesso_buffer_allocate(size_t byte_count, int zeroed);

/// The buffer with room for `byte_count` bytes, of which the first `used` are those it holds, or NULL when there is no
/// memory; the old one stays then, and is gone otherwise. Aligned to 16 bytes from here on.
void *gesso_buffer_grow(void *buffer, size_t used, size_t byte_count);

/// The buffer with its first `used` bytes and no more memory than they need; never NULL.
void *gesso_buffer_fit(void *buffer, size_t used);

void gesso_buffer_free(void *buffer);

#endif
