// Calls of Linux that Swift does not import: prctl takes a variable number of arguments, accept4 and mallopt are extensions.
#ifdef __linux__
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/socket.h>

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags);

/// Keeps other processes of the same user from reading this one's memory, and core files from being written. Returns 0, or
/// -1 with errno set.
static inline int gesso_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); }

/// Names the calling thread, for those who look at the process; at most 15 bytes count.
static inline void gesso_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name, 0L, 0L, 0L); }

/// Lets the heap of glibc have at most `arenas` arenas, and keeps blocks of `mapped_bytes` and more out of them: the system
/// gets those back when they are freed, and as much free memory at the end of the heap. Does nothing with another C library.
/// Concerns the whole process, and has to be called before threads are made.
static inline void gesso_bound_heap(int arenas, int mapped_bytes) {
#ifdef M_ARENA_MAX
    (void)mallopt(M_ARENA_MAX, arenas);
    // Otherwise glibc raises both, up to 32 and 64 MiB, as soon as a block that was mapped is freed (mallopt(3)).
    (void)mallopt(M_MMAP_THRESHOLD, mapped_bytes);
    (void)mallopt(M_TRIM_THRESHOLD, mapped_bytes);
#else
    (void)arenas, (void)mapped_bytes;
#endif
}

/// Accepts a connection on a socket that no child process inherits. Returns the descriptor, or -1 with errno set.
static inline int gesso_accept(int listener) { return accept4(listener, 0, 0, SOCK_CLOEXEC); }
#endif
