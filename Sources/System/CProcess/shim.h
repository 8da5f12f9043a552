// Calls of Linux that Swift does not import: prctl takes a variable number of arguments, accept4 and mallopt are extensions.
#ifdef __linux__
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/socket.h>

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags);

/// Keeps other processes of the same user from reading this one's memory, and core files from being written. Returns 0, or
/// -1 with errno set.
static inline int gesso_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); }

/// Lets the heap of glibc have at most `count` arenas; does nothing with another C library. Concerns the whole process, and
/// has to be called before threads are made.
static inline void gesso_limit_heap_arenas(int count) {
#ifdef M_ARENA_MAX
    (void)mallopt(M_ARENA_MAX, count);
#else
    (void)count;
#endif
}

/// Accepts a connection on a socket that no child process inherits. Returns the descriptor, or -1 with errno set.
static inline int gesso_accept(int listener) { return accept4(listener, 0, 0, SOCK_CLOEXEC); }
#endif
