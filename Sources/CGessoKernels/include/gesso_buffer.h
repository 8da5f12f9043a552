#ifndef GESSO_BUFFER_H
#define GESSO_BUFFER_H

#include <stddef.h>

/// 64-byte aligned memory, or NULL when there is none: the caller turns that into a typed error.
/// Swift's own allocator would abort the process instead.
void *gesso_buffer_allocate(size_t byte_count, int zeroed);

void gesso_buffer_free(void *buffer);

#endif
