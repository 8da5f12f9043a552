#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

// Preloaded, lets one system call fail: the one that GESSO_FAIL_CALL names, at its GESSO_FAIL_AT-th call (counted from 1),
// and with GESSO_FAIL_EVER=1 ever after. Only calls count that the program, libcurl or Foundation make; the threads of
// Swift's own runtime are no one's to save. GESSO_FAIL_ERRNO replaces the error that a call fails with. How many there were is written to the file GESSO_FAIL_COUNT at the end. glibc.

static const char *call;
static long at = -1;
static int ever;
static int error_number;
static long seen;

typedef struct {
    uintptr_t from, to;
} range;
static range ranges[32];
static int range_count;

static int note_module(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    if (info->dlpi_name[0] != 0 && !strstr(info->dlpi_name, "libcurl") && !strstr(info->dlpi_name, "libFoundation"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum && range_count < 32; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        uintptr_t start = info->dlpi_addr + part->p_vaddr;
        ranges[range_count++] = (range){start, start + part->p_memsz};
    }
    return 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *number = getenv("GESSO_FAIL_AT");
    const char *forever = getenv("GESSO_FAIL_EVER");
    dl_iterate_phdr(note_module, NULL);
    ever = forever && *forever == '1';
    at = number ? atol(number) : 0;
    call = getenv("GESSO_FAIL_CALL");
    const char *replacement = getenv("GESSO_FAIL_ERRNO");
    error_number = replacement ? atoi(replacement) : 0;
    unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("GESSO_FAIL_COUNT");
    FILE *file = path ? fopen(path, "we") : NULL;
    if (!file) return;
    fprintf(file, "%ld\n", seen);
    fclose(file);
}

/// Counts; 1 when this one is to fail.
static int fails(const char *name, const void *caller) {
    if (!call || strcmp(call, name)) return 0;
    int counts = 0;
    for (int i = 0; i < range_count; i++) counts |= (uintptr_t)caller >= ranges[i].from && (uintptr_t)caller < ranges[i].to;
    if (!counts) return 0;
    long number = __atomic_add_fetch(&seen, 1, __ATOMIC_RELAXED);
    return at > 0 && (number == at || (ever && number > at));
}

#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))
#define REAL(type, name) ((type)dlsym(RTLD_NEXT, name))
#define FAIL(name, code, value)                                                                                      \
    do {                                                                                                             \
        if (fails(name, CALLER)) {                                                                                   \
            errno = error_number ? error_number : code;                                                                                            \
            return value;                                                                                            \
        }                                                                                                            \
    } while (0)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    if (fails("pthread_create", CALLER)) return EAGAIN;
    typedef int (*type)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    return REAL(type, "pthread_create")(thread, attributes, body, argument);
}

#define MODE(flags, mode)                                                                                            \
    do {                                                                                                             \
        if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                       \
            va_list list;                                                                                            \
            va_start(list, flags);                                                                                   \
            mode = va_arg(list, mode_t);                                                                             \
            va_end(list);                                                                                            \
        }                                                                                                            \
    } while (0)

int open(const char *path, int flags, ...) {
    mode_t mode = 0;
    MODE(flags, mode);
    FAIL("open", EMFILE, -1);
    return REAL(int (*)(const char *, int, ...), "open")(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    mode_t mode = 0;
    MODE(flags, mode);
    FAIL("open", EMFILE, -1);
    return REAL(int (*)(const char *, int, ...), "open64")(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    mode_t mode = 0;
    MODE(flags, mode);
    FAIL("open", EMFILE, -1);
    return REAL(int (*)(int, const char *, int, ...), "openat")(folder, path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t count) {
    // Without the standard streams nobody could tell of an error.
    if (file > 2) FAIL("write", ENOSPC, -1);
    return REAL(ssize_t (*)(int, const void *, size_t), "write")(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    FAIL("write", ENOSPC, -1);
    return REAL(ssize_t (*)(int, const void *, size_t, off_t), "pwrite")(file, bytes, count, offset);
}

ssize_t read(int file, void *bytes, size_t count) {
    FAIL("read", EIO, -1);
    return REAL(ssize_t (*)(int, void *, size_t), "read")(file, bytes, count);
}

ssize_t pread(int file, void *bytes, size_t count, off_t offset) {
    FAIL("read", EIO, -1);
    return REAL(ssize_t (*)(int, void *, size_t, off_t), "pread")(file, bytes, count, offset);
}

int fsync(int file) {
    FAIL("fsync", EIO, -1);
    return REAL(int (*)(int), "fsync")(file);
}

int fdatasync(int file) {
    FAIL("fsync", EIO, -1);
    return REAL(int (*)(int), "fdatasync")(file);
}

int ftruncate(int file, off_t count) {
    FAIL("ftruncate", ENOSPC, -1);
    return REAL(int (*)(int, off_t), "ftruncate")(file, count);
}

int close(int file) {
    // As the kernel does it: closed all the same.
    if (fails("close", CALLER)) {
        REAL(int (*)(int), "close")(file);
        errno = EIO;
        return -1;
    }
    return REAL(int (*)(int), "close")(file);
}

int rename(const char *from, const char *to) {
    FAIL("rename", EIO, -1);
    return REAL(int (*)(const char *, const char *), "rename")(from, to);
}

int renameat(int a, const char *from, int b, const char *to) {
    FAIL("rename", EIO, -1);
    return REAL(int (*)(int, const char *, int, const char *), "renameat")(a, from, b, to);
}

int link(const char *from, const char *to) {
    FAIL("link", EIO, -1);
    return REAL(int (*)(const char *, const char *), "link")(from, to);
}

int linkat(int a, const char *from, int b, const char *to, int flags) {
    FAIL("link", EIO, -1);
    return REAL(int (*)(int, const char *, int, const char *, int), "linkat")(a, from, b, to, flags);
}

int unlink(const char *path) {
    FAIL("unlink", EIO, -1);
    return REAL(int (*)(const char *), "unlink")(path);
}

int mkdir(const char *path, mode_t mode) {
    FAIL("mkdir", EIO, -1);
    return REAL(int (*)(const char *, mode_t), "mkdir")(path, mode);
}

void *mmap(void *address, size_t count, int protection, int flags, int file, off_t offset) {
    FAIL("mmap", ENOMEM, MAP_FAILED);
    return REAL(void *(*)(void *, size_t, int, int, int, off_t), "mmap")(address, count, protection, flags, file, offset);
}

void *mmap64(void *address, size_t count, int protection, int flags, int file, off_t offset) {
    FAIL("mmap", ENOMEM, MAP_FAILED);
    return REAL(void *(*)(void *, size_t, int, int, int, off_t), "mmap64")(address, count, protection, flags, file, offset);
}

int socket(int domain, int type, int protocol) {
    FAIL("socket", EMFILE, -1);
    return REAL(int (*)(int, int, int), "socket")(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int files[2]) {
    FAIL("pipe", EMFILE, -1);
    return REAL(int (*)(int, int, int, int *), "socketpair")(domain, type, protocol, files);
}

int pipe(int files[2]) {
    FAIL("pipe", EMFILE, -1);
    return REAL(int (*)(int *), "pipe")(files);
}

int pipe2(int files[2], int flags) {
    FAIL("pipe", EMFILE, -1);
    return REAL(int (*)(int *, int), "pipe2")(files, flags);
}

int eventfd(unsigned int count, int flags) {
    FAIL("pipe", EMFILE, -1);
    return REAL(int (*)(unsigned int, int), "eventfd")(count, flags);
}
