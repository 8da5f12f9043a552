#ifndef GESSO_CURL_H
#define GESSO_CURL_H

#include <stddef.h>
#include <stdint.h>

// libcurl by meaning: each function sets one thing, with a type the compiler checks, where curl_easy_setopt takes
// whatever it is given. No libcurl type leaves this target.

/// What a transfer's callbacks may answer in place of a count.
#define GESSO_TRANSFER_PAUSE ((size_t)-1)
#define GESSO_TRANSFER_ABORT ((size_t)-2)

/// How a transfer ended.
typedef enum {
    GESSO_TRANSFER_COMPLETE = 0,
    GESSO_TRANSFER_COULD_NOT_RESOLVE,
    GESSO_TRANSFER_COULD_NOT_CONNECT,
    GESSO_TRANSFER_TLS_FAILED,
    GESSO_TRANSFER_TLS_BROKE_OFF,
    GESSO_TRANSFER_TIMED_OUT,
    GESSO_TRANSFER_CONNECTION_LOST,
    GESSO_TRANSFER_PROTOCOL_REFUSED,
    GESSO_TRANSFER_MALFORMED_ANSWER,
    GESSO_TRANSFER_ABORTED,
    GESSO_TRANSFER_NO_MEMORY,
    GESSO_TRANSFER_OTHER
} gesso_transfer_result;

/// One request and its answer.
typedef struct gesso_transfer gesso_transfer;

/// All callbacks run on the thread that performs the transfers.
typedef struct {
    /// The connection is ready and the request is about to be sent.
    void (*connected)(void *context);
    /// Fills `buffer` with the next bytes of the body; 0 at its end, or GESSO_TRANSFER_ABORT.
    size_t (*read)(void *context, uint8_t *buffer, size_t capacity);
    /// Goes back to the start of the body; 0 when that is allowed.
    int (*rewind)(void *context);
    /// One header line, its line end included; answers `count` or GESSO_TRANSFER_ABORT.
    size_t (*header)(void *context, const uint8_t *line, size_t count);
    /// The next bytes of the answer; `count`, GESSO_TRANSFER_ABORT, or GESSO_TRANSFER_PAUSE, which brings them again.
    size_t (*body)(void *context, const uint8_t *bytes, size_t count);
    /// An address about to be connected to, as `struct sockaddr`; 0 refuses it.
    int (*may_connect)(void *context, const void *address, size_t byte_count);
} gesso_transfer_callbacks;

/// NULL when there is no memory or libcurl cannot start.
gesso_transfer *gesso_transfer_create(const gesso_transfer_callbacks *callbacks, void *context);
void gesso_transfer_destroy(gesso_transfer *transfer);
void *gesso_transfer_context(gesso_transfer *transfer);

// Each returns 0, or -1 when libcurl refuses or memory is short.
int gesso_transfer_set_url(gesso_transfer *transfer, const char *url, int allow_http);
int gesso_transfer_add_header(gesso_transfer *transfer, const char *line);
int gesso_transfer_set_get(gesso_transfer *transfer);
int gesso_transfer_set_delete(gesso_transfer *transfer);
int gesso_transfer_set_post(gesso_transfer *transfer, int64_t body_byte_count);
int gesso_transfer_set_connect_timeout(gesso_transfer *transfer, int64_t milliseconds);
/// A connection that has been idle for so long is not used again; below two seconds none is.
int gesso_transfer_set_longest_idle(gesso_transfer *transfer, int64_t seconds);
/// `proxy` as URL, "" for none at all; without this call the environment decides.
int gesso_transfer_set_proxy(gesso_transfer *transfer, const char *proxy);
/// Lets TLS session keys go to the file that the environment variable SSLKEYLOGFILE names; without this call they do not.
int gesso_transfer_allow_key_log(gesso_transfer *transfer);
int gesso_transfer_set_certificate_authorities(gesso_transfer *transfer, const char *path);

/// A connection of its own, used by no transfer before or after: an address check is void on a connection made earlier.
int gesso_transfer_set_unshared(gesso_transfer *transfer);

/// Only outside callbacks, on the thread that performs. May call `body` before it returns.
int gesso_transfer_resume(gesso_transfer *transfer);

/// Bytes of the body that have gone out.
int64_t gesso_transfer_bytes_sent(gesso_transfer *transfer);
/// libcurl's own words about a failure; valid until the transfer is destroyed.
const char *gesso_transfer_message(gesso_transfer *transfer);

/// All transfers of one client, driven by one thread.
typedef struct gesso_transfer_set gesso_transfer_set;

gesso_transfer_set *gesso_transfer_set_create(void);
void gesso_transfer_set_destroy(gesso_transfer_set *set);
int gesso_transfer_set_add(gesso_transfer_set *set, gesso_transfer *transfer);
void gesso_transfer_set_remove(gesso_transfer_set *set, gesso_transfer *transfer);
int gesso_transfer_set_perform(gesso_transfer_set *set);
/// Waits for sockets, a wakeup, or so many milliseconds.
int gesso_transfer_set_wait(gesso_transfer_set *set, int milliseconds);
/// Ends a wait; the only function here that any thread may call.
void gesso_transfer_set_wakeup(gesso_transfer_set *set);
/// The next transfer that has ended, or NULL.
gesso_transfer *gesso_transfer_set_next_ended(gesso_transfer_set *set, gesso_transfer_result *result);

/// Runs `body` on a new detached thread on which every signal is blocked, SIGPIPE among them: OpenSSL may raise it, and
/// the host's handlers stay untouched. Returns 0, or an errno.
/// `name` is a literal of at most 15 characters.
int gesso_thread_start(const char *name, void (*body)(void *context), void *context);

/// An address taken apart the way the transfers themselves do it. Strings belong to the struct.
typedef struct {
    char *url;
    char *scheme;
    char *host;
    int port;
    int has_user;
} gesso_url;

/// Parses `url`, which may be relative to `base` if that is not NULL. Returns 0, or -1 when it is no address.
int gesso_url_parse(const char *base, const char *url, gesso_url *parsed);
void gesso_url_free(gesso_url *parsed);

/// The version of libcurl in use, "7.88.1".
const char *gesso_curl_version(void);

#endif
