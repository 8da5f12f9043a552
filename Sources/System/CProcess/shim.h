// Calls of Linux that Swift does not import: prctl takes a variable number of arguments, accept4 is a GNU extension.
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/socket.h>

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags);

/// Keeps other processes of the same user from reading this one's memory, and core files from being written. Returns 0, or
/// -1 with errno set.
static inline int gesso_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); }

/// Accepts a connection on a socket that no child process inherits. Returns the descriptor, or -1 with errno set.
static inline int gesso_accept(int listener) { return accept4(listener, 0, 0, SOCK_CLOEXEC); }
#endif
