#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Preloaded, lets one allocation after the other fail: those that a thread makes between arm and disarm, and that come
// from the program's own C code or from the codec libraries. What Swift's runtime and Foundation allocate never fails,
// since that would end the process by design. glibc only.

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

// Thread-local memory that needs no allocation of its own.
#define LOCAL static __thread __attribute__((tls_model("initial-exec")))
LOCAL int is_armed, fails_on;
LOCAL long seen, failing;

typedef struct {
    uintptr_t from, to;
} range;
static range ranges[64];
static int range_count;

static int note_module(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    static const char *names[] = {"libpng", "libjpeg", "libwebp", "libsharpyuv", "liblcms2", "libdeflate", "libz."};
    int is_ours = info->dlpi_name[0] == 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) is_ours |= strstr(info->dlpi_name, names[i]) != NULL;
    for (int i = 0; is_ours && i < info->dlpi_phnum && range_count < 64; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        uintptr_t start = info->dlpi_addr + part->p_vaddr;
        ranges[range_count++] = (range){start, start + part->p_memsz};
    }
    return 0;
}

// What was allocated while armed and is not freed yet.
enum { capacity = 1 << 14 };
static void *live[capacity];
static long live_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static size_t slot_of(void *pointer) {
    size_t slot = (uintptr_t)pointer / 16 * 0x9E3779B97F4A7C15u >> 50;
    while (live[slot] && live[slot] != pointer) slot = (slot + 1) % capacity;
    return slot;
}

static void add(void *pointer) {
    pthread_mutex_lock(&lock);
    if (live_count < capacity / 2) {
        live[slot_of(pointer)] = pointer;
        live_count++;
    }
    pthread_mutex_unlock(&lock);
}

static int take_out(void *pointer) {
    if (!pointer || __atomic_load_n(&live_count, __ATOMIC_RELAXED) == 0) return 0;
    pthread_mutex_lock(&lock);
    size_t slot = slot_of(pointer);
    int found = live[slot] != NULL;
    if (found) {
        live[slot] = NULL;
        live_count--;
        // What stood behind it in the row moves up.
        for (size_t next = (slot + 1) % capacity; live[next]; next = (next + 1) % capacity) {
            void *moved = live[next];
            live[next] = NULL;
            live[slot_of(moved)] = moved;
        }
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static int is_ours(const void *caller) {
    for (int i = 0; i < range_count; i++)
        if ((uintptr_t)caller >= ranges[i].from && (uintptr_t)caller < ranges[i].to) return 1;
    return 0;
}

/// Counts; 1 when this one is to fail.
static int fails(void) {
    seen++;
    return failing > 0 && (seen == failing || (fails_on && seen > failing));
}

#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))

#define ALLOCATE(expression)                                                                                         \
    do {                                                                                                             \
        if (!is_armed || !is_ours(CALLER)) return expression;                                                        \
        if (fails()) return NULL;                                                                                    \
        void *memory = expression;                                                                                   \
        if (memory) add(memory);                                                                                     \
        return memory;                                                                                               \
    } while (0)

void *malloc(size_t size) { ALLOCATE(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { ALLOCATE(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { ALLOCATE(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { ALLOCATE(__libc_memalign(alignment, size)); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    int counts = is_armed && is_ours(CALLER);
    if (counts && fails()) return 12;
    *memory = __libc_memalign(alignment, size);
    if (counts && *memory) add(*memory);
    return *memory ? 0 : 12;
}

void *realloc(void *old, size_t size) {
    int counts = is_armed && is_ours(CALLER);
    if (counts && fails()) return NULL;
    int was_live = take_out(old);
    void *memory = __libc_realloc(old, size);
    if (memory ? counts || was_live : was_live && size) add(memory ? memory : old);
    return memory;
}

void free(void *memory) {
    take_out(memory);
    __libc_free(memory);
}

/// From now on the `point`-th allocation of this thread fails (none for 0), and with `all` every later one too.
void gesso_failer_arm(long point, int all) {
    if (range_count == 0) dl_iterate_phdr(note_module, NULL);
    seen = 0;
    failing = point;
    fails_on = all;
    is_armed = 1;
}

/// How many allocations there were since.
long gesso_failer_disarm(void) {
    is_armed = 0;
    return seen;
}

/// How many of all allocations made while armed are not freed.
long gesso_failer_live(void) { return live_count; }
