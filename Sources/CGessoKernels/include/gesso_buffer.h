#ifndef GESSO_BUFFER_H
#define GESSO_BUFFER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// 64-byte aligned memory, or NULL if the allocation fails, which the caller reports as an error. Large buffers come
/// from the page pool and not from the heap. Swift's own allocator would end the process.
void *gesso_buffer_allocate(size_t byte_count, int zeroed);

/// Resizes a buffer to `byte_count` bytes and keeps the first `used`; NULL if the allocation fails, which leaves the
/// old buffer valid. Aligned to 16 bytes after that.
void *gesso_buffer_grow(void *buffer, size_t used, size_t byte_count);

/// Shrinks the buffer to its first `used` bytes; never NULL.
void *gesso_buffer_fit(void *buffer, size_t used);

void gesso_buffer_free(void *buffer);

#ifdef __cplusplus
}
#endif

#endif
