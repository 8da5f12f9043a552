// Memory for files as they are received; see gesso_bytes.h.

#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "gesso_bytes.h"

#include "gesso_page_pool.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE GESSO_PAGE_POOL_MINIMUM
#define GRAIN GESSO_PAGE_POOL_GRAIN

void *gesso_bytes_grow(void *bytes, size_t used, size_t *capacity, size_t wanted) {
    if (wanted < LARGE) {
        void *grown = realloc(bytes, wanted ? wanted : 1);
        if (grown) *capacity = wanted;
        return grown;
    }
#if defined(__linux__)
    if (*capacity >= LARGE && wanted <= SIZE_MAX - GRAIN) {
        size_t rounded = (wanted + GRAIN - 1) & ~(GRAIN - 1);
        void *grown = mremap(bytes, *capacity, rounded, MREMAP_MAYMOVE);
        if (grown != MAP_FAILED) {
            gesso_page_pool_resized(*capacity, rounded);
            *capacity = rounded;
            return grown;
        }
        // A block whose end is no whole huge page is two mappings, which mremap does not move (EFAULT): it is copied.
    }
#endif
    size_t new_capacity = 0;
    void *fresh = gesso_page_pool_take(wanted, 0, &new_capacity);
    if (!fresh) return NULL;
    if (used) memcpy(fresh, bytes, used);
    gesso_bytes_free(bytes, *capacity);
    *capacity = new_capacity;
    return fresh;
}

void *gesso_bytes_fit(void *bytes, size_t used, size_t *capacity) {
    if (*capacity < LARGE) {
        void *fitted = realloc(bytes, used ? used : 1);
        if (!fitted) return bytes;
        *capacity = used;
        return fitted;
    }
    size_t rounded = (used + GRAIN - 1) & ~(GRAIN - 1);
    // A block of the pool must not shrink below the pool's minimum size.
    if (rounded < LARGE) rounded = LARGE;
    if (*capacity - rounded > *capacity / 8) {
        munmap((char *)bytes + rounded, *capacity - rounded);
        gesso_page_pool_resized(*capacity, rounded);
        *capacity = rounded;
    }
    return bytes;
}

void gesso_bytes_free(void *bytes, size_t capacity) {
    if (!bytes) return;
    if (capacity < LARGE) {
        free(bytes);
    } else {
        gesso_page_pool_return(bytes, capacity);
    }
}
