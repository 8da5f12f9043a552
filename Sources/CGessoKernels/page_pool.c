// Keeps freed memory of large images for the next ones.

#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "gesso_page_pool.h"

#include "gesso_buffer.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define KEPT_PIECES 5
#define KEPT_BYTES ((size_t)16 << 20)

// The first touch of fresh memory costs a page fault; in pages of 2 MiB a 12-megapixel image has 23 of them instead
// of 11,719, and is filled five times as fast.
#define HUGE_PAGE ((size_t)2 << 20)

typedef struct {
    void *bytes;
    size_t capacity;
} piece;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// The kept blocks, least recently used first.
static piece kept[KEPT_PIECES];
static int kept_count;
static size_t kept_bytes;
// The size of the blocks in use, and its maximum so far, which kept and used blocks together never exceed.
static size_t used_bytes, most_used_bytes;

static void use(size_t byte_count) {
    used_bytes += byte_count;
    if (used_bytes > most_used_bytes) most_used_bytes = used_bytes;
}

static piece take_out(int index) {
    piece found = kept[index];
    kept_bytes -= found.capacity;
    kept_count--;
    memmove(kept + index, kept + index + 1, (size_t)(kept_count - index) * sizeof *kept);
    return found;
}

static piece take_fitting(size_t wanted) {
    piece found = {0};
    int best = -1;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < kept_count; i++) {
        // Do not reuse a much larger block: the rest of it would stay unused.
        if (kept[i].capacity < wanted || kept[i].capacity / 2 > wanted) continue;
        if (best < 0 || kept[i].capacity < kept[best].capacity) best = i;
    }
    if (best >= 0) {
        found = take_out(best);
        use(found.capacity);
    }
    pthread_mutex_unlock(&lock);
    return found;
}

// Frees kept blocks that are too many, too large, or exceed what is no longer in use.
static void release_surplus(int all) {
    for (;;) {
        piece surplus = {0};
        pthread_mutex_lock(&lock);
        if (kept_count > 0
            && (all || kept_count == KEPT_PIECES || kept_bytes > KEPT_BYTES
                || used_bytes + kept_bytes > most_used_bytes)) {
            surplus = take_out(0);
        }
        pthread_mutex_unlock(&lock);
        if (!surplus.bytes) return;
        munmap(surplus.bytes, surplus.capacity);
    }
}

static void *map(size_t byte_count) {
    void *bytes = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

// A block that begins with a huge page; what is mapped before and after it is unmapped.
static void *map_huge(size_t byte_count) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (byte_count < 2 * HUGE_PAGE || byte_count > SIZE_MAX - HUGE_PAGE) return map(byte_count);
    uint8_t *whole = map(byte_count + HUGE_PAGE);
    if (!whole) return NULL;
    size_t lead = (HUGE_PAGE - (uintptr_t)whole % HUGE_PAGE) % HUGE_PAGE;
    if (lead) munmap(whole, lead);
    if (lead < HUGE_PAGE) munmap(whole + lead + byte_count, HUGE_PAGE - lead);
    // Whole pages only, so that nothing beyond the used size becomes resident; a kernel without huge pages is not an
    // error.
    (void)madvise(whole + lead, byte_count & ~(HUGE_PAGE - 1), MADV_HUGEPAGE);
    return whole + lead;
#else
    return map(byte_count);
#endif
}

void *gesso_page_pool_take(size_t wanted, int zeroed, size_t *capacity) {
    piece found = take_fitting(wanted);
    if (found.bytes) {
        *capacity = found.capacity;
        return zeroed ? memset(found.bytes, 0, wanted) : found.bytes;
    }
    if (wanted > SIZE_MAX - GESSO_PAGE_POOL_GRAIN) return NULL;
    size_t rounded = (wanted + GESSO_PAGE_POOL_GRAIN - 1) & ~(GESSO_PAGE_POOL_GRAIN - 1);
    void *fresh = map_huge(rounded);
    if (!fresh) return NULL;
    *capacity = rounded;
    gesso_page_pool_resized(0, rounded);
    return fresh;
}

void gesso_page_pool_resized(size_t old_capacity, size_t new_capacity) {
    pthread_mutex_lock(&lock);
    used_bytes -= old_capacity;
    use(new_capacity);
    pthread_mutex_unlock(&lock);
    release_surplus(0);
}

void gesso_page_pool_return(void *bytes, size_t capacity) {
    pthread_mutex_lock(&lock);
    used_bytes -= capacity;
    // One slot is always free, see release_surplus.
    int fits = capacity <= KEPT_BYTES && kept_count < KEPT_PIECES;
    if (fits) {
        kept[kept_count++] = (piece){bytes, capacity};
        kept_bytes += capacity;
    }
    pthread_mutex_unlock(&lock);
    if (fits) {
        release_surplus(0);
    } else {
        munmap(bytes, capacity);
    }
}

void gesso_page_pool_trim(void) { release_surplus(1); }

void *gesso_pixels_allocate(size_t byte_count, int zeroed, size_t *capacity) {
    if (byte_count >= GESSO_PAGE_POOL_MINIMUM) return gesso_page_pool_take(byte_count, zeroed, capacity);
    *capacity = 0;
    return gesso_buffer_allocate(byte_count, zeroed);
}

void gesso_pixels_free(void *pixels, size_t capacity) {
    if (capacity >= GESSO_PAGE_POOL_MINIMUM) {
        gesso_page_pool_return(pixels, capacity);
    } else {
        gesso_buffer_free(pixels);
    }
}
