#define _GNU_SOURCE
#include "allocation_peak.h"

#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>

// Of AddressSanitizer's runtime (sanitizer/allocator_interface.h); Scripts/fuzz builds with it.
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *);

static _Thread_local int is_counting;
static _Thread_local int64_t held, most;

static void hold(size_t count) {
    held += (int64_t)count;
    if (held > most) most = held;
}

static void on_malloc(const volatile void *memory, size_t count) {
    if (is_counting && memory) hold(count);
}

static void on_free(const volatile void *memory) {
    if (is_counting && memory) held -= (int64_t)__sanitizer_get_allocated_size(memory);
}

// Large blocks are mapped, which the sanitizer tells nobody of. Scripts/fuzz links with --wrap for these three (ld(1)).
void *__real_mmap(void *, size_t, int, int, int, off_t);
int __real_munmap(void *, size_t);
void *__real_mremap(void *, size_t, size_t, int, ...);

void *__wrap_mmap(void *place, size_t count, int protection, int flags, int file, off_t offset) {
    void *mapped = __real_mmap(place, count, protection, flags, file, offset);
    if (is_counting && mapped != MAP_FAILED && flags & MAP_ANONYMOUS) hold(count);
    return mapped;
}

int __wrap_munmap(void *start, size_t count) {
    if (is_counting) held -= (int64_t)count;
    return __real_munmap(start, count);
}

void *__wrap_mremap(void *start, size_t old_count, size_t new_count, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    void *place = flags & MREMAP_FIXED ? va_arg(rest, void *) : NULL;
    va_end(rest);
    void *moved = __real_mremap(start, old_count, new_count, flags, place);
    if (is_counting && moved != MAP_FAILED) {
        held -= (int64_t)old_count;
        hold(new_count);
    }
    return moved;
}

// Of CGessoKernels: blocks kept from earlier inputs must not serve this one uncounted.
void gesso_page_pool_trim(void);

void allocation_peak_start(void) {
    gesso_page_pool_trim();
    static int is_installed;
    if (!is_installed) is_installed = __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    held = most = 0;
    is_counting = 1;
}

int64_t allocation_peak_stop(void) {
    is_counting = 0;
    return most;
}

int64_t allocation_peak_cpu(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}
