#include "gesso_buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *gesso_buffer_allocate(size_t byte_count, int zeroed) {
    if (byte_count > SIZE_MAX - 63) return NULL;
    // aligned_alloc wants a multiple of the alignment (C11 7.22.3.1).
    size_t rounded = (byte_count + 63) & ~(size_t)63;
    void *buffer = aligned_alloc(64, rounded ? rounded : 64);
    if (buffer && zeroed) memset(buffer, 0, byte_count);
    return buffer;
}

void gesso_buffer_free(void *buffer) { free(buffer); }
