#ifndef GESSO_BUFFER_H
#define GESSO_BUFFER_H

#include <stddef.h>

/// 64-byte aligned memory, or NULL if the allocation fails, which the caller reports as an error. Swift's own allocator
/// would end the process.
void *gesso_buffer_allocate(size_t byte_count, int zeroed);

void gesso_buffer_free(void *buffer);

#endif
