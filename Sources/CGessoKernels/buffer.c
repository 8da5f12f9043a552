#include "gesso_buffer.h"

#include "gesso_bytes.h"
#include "gesso_page_pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// The header before every buffer, as large as the alignment: 0 for a buffer on the heap, else the capacity of its
// block. Large buffers are not on the heap, where each thread would take them from an arena of its own.
typedef union {
    size_t capacity;
    uint8_t bytes[64];
} prefix;

void *gesso_buffer_allocate(size_t byte_count, int zeroed) {
    if (byte_count > SIZE_MAX - 63 - sizeof(prefix)) return NULL;
    // aligned_alloc wants a multiple of the alignment (C11 7.22.3.1).
    size_t rounded = ((byte_count + 63) & ~(size_t)63) + sizeof(prefix);
    size_t capacity = 0;
    prefix *start =
        rounded >= GESSO_PAGE_POOL_MINIMUM ? gesso_page_pool_take(rounded, zeroed, &capacity) : aligned_alloc(64, rounded);
    if (!start) return NULL;
    if (zeroed && capacity == 0) memset(start, 0, rounded);
    start->capacity = capacity;
    return start + 1;
}

static void *after_prefix(prefix *start, size_t capacity) {
    start->capacity = capacity >= GESSO_PAGE_POOL_MINIMUM ? capacity : 0;
    return start + 1;
}

void *gesso_buffer_grow(void *buffer, size_t used, size_t byte_count) {
    if (byte_count > SIZE_MAX - sizeof(prefix)) return NULL;
    prefix *start = (prefix *)buffer - 1;
    size_t capacity = start->capacity;
    prefix *grown = gesso_bytes_grow(start, sizeof *start + used, &capacity, sizeof *start + byte_count);
    return grown ? after_prefix(grown, capacity) : NULL;
}

void *gesso_buffer_fit(void *buffer, size_t used) {
    prefix *start = (prefix *)buffer - 1;
    size_t capacity = start->capacity;
    return after_prefix(gesso_bytes_fit(start, sizeof *start + used, &capacity), capacity);
}

void gesso_buffer_free(void *buffer) {
    if (!buffer) return;
    prefix *start = (prefix *)buffer - 1;
    if (start->capacity) {
        gesso_page_pool_return(start, start->capacity);
    } else {
        free(start);
    }
}
