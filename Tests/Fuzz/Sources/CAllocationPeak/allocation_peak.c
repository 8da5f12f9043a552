#include "allocation_peak.h"

#include <stddef.h>
#include <time.h>

// Of AddressSanitizer's runtime (sanitizer/allocator_interface.h); Scripts/fuzz builds with it.
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *);

static _Thread_local int is_counting;
static _Thread_local int64_t held, most;

static void on_malloc(const volatile void *memory, size_t count) {
    if (!is_counting || !memory) return;
    held += (int64_t)count;
    if (held > most) most = held;
}

static void on_free(const volatile void *memory) {
    if (is_counting && memory) held -= (int64_t)__sanitizer_get_allocated_size(memory);
}

void allocation_peak_start(void) {
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
