#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "gesso_bytes.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE ((size_t)1 << 20)
#define GRAIN ((size_t)64 << 10)
#define KEPT_PIECES 2
#define KEPT_BYTES ((size_t)8 << 20)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    void *bytes;
    size_t capacity;
} kept[KEPT_PIECES];

static void *take_kept(size_t wanted, size_t *capacity) {
    void *found = NULL;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < KEPT_PIECES && !found; i++) {
        // One far too large would hold memory that nobody uses.
        if (!kept[i].bytes || kept[i].capacity < wanted || kept[i].capacity / 2 > wanted) continue;
        found = kept[i].bytes;
        *capacity = kept[i].capacity;
        kept[i].bytes = NULL;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static int keep(void *bytes, size_t capacity) {
    int done = 0;
    if (capacity > KEPT_BYTES) return 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < KEPT_PIECES && !done; i++) {
        if (kept[i].bytes) continue;
        kept[i].bytes = bytes;
        kept[i].capacity = capacity;
        done = 1;
    }
    pthread_mutex_unlock(&lock);
    return done;
}

static void *map(size_t wanted, size_t *capacity) {
    void *bytes = take_kept(wanted, capacity);
    if (bytes) return bytes;
    if (wanted > SIZE_MAX - GRAIN) return NULL;
    size_t rounded = (wanted + GRAIN - 1) & ~(GRAIN - 1);
    bytes = mmap(NULL, rounded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) return NULL;
    *capacity = rounded;
    return bytes;
}

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
        if (grown == MAP_FAILED) return NULL;
        *capacity = rounded;
        return grown;
    }
#endif
    size_t new_capacity = 0;
    void *fresh = map(wanted, &new_capacity);
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
    // What would fall below the limit for large pieces must stay one.
    if (rounded < LARGE) rounded = LARGE;
    if (*capacity - rounded > *capacity / 8) {
        munmap((char *)bytes + rounded, *capacity - rounded);
        *capacity = rounded;
    }
    return bytes;
}

void gesso_bytes_free(void *bytes, size_t capacity) {
    if (!bytes) return;
    if (capacity < LARGE) {
        free(bytes);
    } else if (!keep(bytes, capacity)) {
        munmap(bytes, capacity);
    }
}

void gesso_bytes_trim(void) {
    for (int i = 0; i < KEPT_PIECES; i++) {
        pthread_mutex_lock(&lock);
        void *bytes = kept[i].bytes;
        size_t capacity = kept[i].capacity;
        kept[i].bytes = NULL;
        pthread_mutex_unlock(&lock);
        if (bytes) munmap(bytes, capacity);
    }
}
