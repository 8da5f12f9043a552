#ifndef GESSO_CURL_H
#define GESSO_CURL_H

#include <stddef.h>
#include <stdint.h>

// Functions for libcurl's options, one for each purpose and with a type that the compiler checks, which
// curl_easy_setopt does not. No libcurl type is visible outside this target.

/// What a transfer's callbacks may return instead of a count.
#define GESSO_TRANSFER_PAUSE ((size_t)-1)
#define GESSO_TRANSFER_ABORT ((size_t)-2)

/// The outcome of a transfer.
typedef enum {
    GESSO_TRANSFER_COMPLETE = 0,
    GESSO_TRANSFER_COULD_NOT_RESOLVE,
    GESSO_TRANSFER_COULD_NOT_CONNECT,
    GESSO_TRANSFER_TLS_FAILED,
    GESSO_TRANSFER_TLS_BROKE_OFF,
    GESSO_TRANSFER_TIMED_OUT,
    GESSO_TRANSFER_CONNECTION_LOST,
    GESSO_TRANSFER_PROTOCOL_REFUSED,
    GESSO_TRANSFER_MALFORMED_RESPONSE,
    GESSO_TRANSFER_ABORTED,
    GESSO_TRANSFER_NO_MEMORY,
    GESSO_TRANSFER_OTHER
} gesso_transfer_result;

/// One request and its response.
typedef struct gesso_transfer gesso_transfer;

/// All callbacks run on the thread that performs the transfers.
typedef struct {
    /// The connection is established and the request is about to be sent.
    void (*connected)(void *context);
    /// Fills `buffer` with the next bytes of the body; returns their number, 0 at the end, or GESSO_TRANSFER_ABORT.
    size_t (*read)(void *context, uint8_t *buffer, size_t capacity);
    /// Returns to the start of the body; returns 0 if that is allowed.
    int (*rewind)(void *context);
    /// One header line with its line end; returns `count` or GESSO_TRANSFER_ABORT.
    size_t (*header)(void *context, const uint8_t *line, size_t count);
    /// The next bytes of the response; returns `count`, GESSO_TRANSFER_ABORT, or GESSO_TRANSFER_PAUSE, after which
    /// they are passed again.
    size_t (*body)(void *context, const uint8_t *bytes, size_t count);
    /// The address of the server, as `struct sockaddr`, before connecting; returns 0 to refuse it.
    int (*may_connect)(void *context, const void *address, size_t byte_count);
} gesso_transfer_callbacks;

/// NULL if memory cannot be allocated or libcurl cannot start.
gesso_transfer *gesso_transfer_create(const gesso_transfer_callbacks *callbacks, void *context);
void gesso_transfer_destroy(gesso_transfer *transfer);
void *gesso_transfer_context(gesso_transfer *transfer);

// Each returns 0, or -1 if libcurl does not accept the value or memory cannot be allocated.
int gesso_transfer_set_url(gesso_transfer *transfer, const char *url, int allow_http);
int gesso_transfer_add_header(gesso_transfer *transfer, const char *line);
int gesso_transfer_set_get(gesso_transfer *transfer);
int gesso_transfer_set_delete(gesso_transfer *transfer);
int gesso_transfer_set_post(gesso_transfer *transfer, int64_t body_byte_count);
int gesso_transfer_set_put(gesso_transfer *transfer, int64_t body_byte_count);
int gesso_transfer_set_connect_timeout(gesso_transfer *transfer, int64_t milliseconds);
/// A connection that was idle for longer is not reused; below two seconds none is.
int gesso_transfer_set_longest_idle(gesso_transfer *transfer, int64_t seconds);
/// A proxy URL, or "" for none; without this call the environment decides.
int gesso_transfer_set_proxy(gesso_transfer *transfer, const char *proxy);
/// Allows TLS session keys to be written to the file that the environment variable SSLKEYLOGFILE names; by default
/// they are not.
int gesso_transfer_allow_key_log(gesso_transfer *transfer);
int gesso_transfer_set_certificate_authorities(gesso_transfer *transfer, const char *path);

/// Uses a connection that no other transfer uses; an address check does not apply to an earlier connection.
int gesso_transfer_set_unshared(gesso_transfer *transfer);

/// Call only outside callbacks, on the thread that performs the transfers. May call `body` before it returns.
int gesso_transfer_resume(gesso_transfer *transfer);

/// The number of bytes of the body that were sent.
int64_t gesso_transfer_bytes_sent(gesso_transfer *transfer);
/// libcurl's message for a failure; valid until the transfer is destroyed.
const char *gesso_transfer_message(gesso_transfer *transfer);

/// All transfers of one client, driven by one thread.
typedef struct gesso_transfer_set gesso_transfer_set;

/// NULL if memory or file descriptors cannot be allocated, or libcurl cannot start.
gesso_transfer_set *gesso_transfer_set_create(void);
/// Call after all transfers have been removed.
void gesso_transfer_set_destroy(gesso_transfer_set *set);

// Those that return an int return 0, or -1 if libcurl fails.

/// Starts a transfer, which the set does not own.
int gesso_transfer_set_add(gesso_transfer_set *set, gesso_transfer *transfer);
/// Ends a transfer, also one that has not finished.
void gesso_transfer_set_remove(gesso_transfer_set *set, gesso_transfer *transfer);
/// Reads and writes what the sockets allow without waiting, and calls the callbacks.
int gesso_transfer_set_perform(gesso_transfer_set *set);
/// Waits for sockets, for a wakeup, or for that many milliseconds.
int gesso_transfer_set_wait(gesso_transfer_set *set, int milliseconds);
/// Ends a wait; the only function here that may be called on any thread.
void gesso_transfer_set_wakeup(gesso_transfer_set *set);
/// The next transfer that has ended, or NULL.
gesso_transfer *gesso_transfer_set_next_ended(gesso_transfer_set *set, gesso_transfer_result *result);

/// Runs `body` on a new detached thread that blocks every signal. SIGPIPE is among them: OpenSSL may raise it, and the
/// host program's handlers must not be changed. `name` is a literal of at most 15 characters. Returns 0, or an errno.
int gesso_thread_start(const char *name, void (*body)(void *context), void *context);

/// The parts of a URL, parsed as for the transfers. The struct owns the strings.
typedef struct {
    char *url;
    char *scheme;
    char *host;
    int port;
    int has_user;
} gesso_url;

/// Parses `url`, which may be relative to `base` if that is not NULL. Returns 0, or -1 if it is not a valid URL.
int gesso_url_parse(const char *base, const char *url, gesso_url *parsed);
void gesso_url_free(gesso_url *parsed);

/// The version of libcurl in use, such as "7.88.1".
const char *gesso_curl_version(void);

#endif
