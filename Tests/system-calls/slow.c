#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Preloaded, makes the disk slow: each fsync, each open that may create a file and each write to a file takes so many
// milliseconds more as GESSO_SLOW_FSYNC, GESSO_SLOW_OPEN and GESSO_SLOW_WRITE say. With GESSO_SLOW_ERROR=NUMBER the call
// fails with that error number afterwards. Only files below the folder prefix "gesso-slow" count. glibc.

static int is_spool(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0) return 0;
    path[count] = 0;
    return strstr(path, "gesso-slow") != NULL;
}

static int delay(const char *name) {
    const char *text = getenv(name);
    if (!text) return 0;
    usleep((useconds_t)atoi(text) * 1000);
    const char *error = getenv("GESSO_SLOW_ERROR");
    if (!error) return 0;
    errno = atoi(error);
    return -1;
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    if (is_spool(descriptor) && delay("GESSO_SLOW_FSYNC")) return -1;
    return real(descriptor);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (is_spool(descriptor) && delay("GESSO_SLOW_WRITE")) return -1;
    return real(descriptor, bytes, count);
}

int open(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...);
    if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if ((flags & O_CREAT) && strstr(path, "gesso-slow") && delay("GESSO_SLOW_OPEN")) return -1;
    return real(path, flags, mode);
}
