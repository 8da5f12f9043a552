// The set of transfers that one thread drives, over libcurl's multi interface.

#include "transfer.h"

#include <stdlib.h>

#if defined(__linux__)
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum { MAX_PAIRS = 64 };

// Whether a descriptor is a socket, possibly of a socket pair, that a child process would inherit.
static int is_inherited_pair(int descriptor, int descriptor_flags) {
    if (descriptor_flags & FD_CLOEXEC || !(fcntl(descriptor, F_GETFL) & O_NONBLOCK)) return 0;
    int domain = 0, type = 0;
    socklen_t size = sizeof domain;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) || domain != AF_UNIX) return 0;
    size = sizeof type;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) || type != SOCK_STREAM) return 0;
    struct sockaddr_storage name;
    size = sizeof name;
    return !getsockname(descriptor, (struct sockaddr *)&name, &size) && size == sizeof name.ss_family;
}

static int find_inherited_pairs(int found[MAX_PAIRS]) {
    int count = 0;
    // The system assigns the lowest free number, so a new descriptor is close to the others.
    for (int descriptor = 0, unused = 0; unused < 256 && count < MAX_PAIRS; descriptor++) {
        int flags = fcntl(descriptor, F_GETFD);
        unused = flags < 0 ? unused + 1 : 0;
        if (flags >= 0 && is_inherited_pair(descriptor, flags)) found[count++] = descriptor;
    }
    return count;
}

// Whether one byte waits in a socket pair, seen from either end.
static int has_one_byte(int descriptor) {
    int unread = 0, unsent = 0;
    return (!ioctl(descriptor, FIONREAD, &unread) && unread == 1) || (!ioctl(descriptor, SIOCOUTQ, &unsent) && unsent > 0);
}

// libcurl before 8.10 opens its socket pair for wakeups without CLOEXEC and does not say which descriptors these are.
// They are new, and the first wakeup is waiting in them.
static void close_wakeup_on_exec(const int before[MAX_PAIRS], int before_count) {
    int found[MAX_PAIRS], count = find_inherited_pairs(found);
    for (int i = 0; i < count; i++) {
        int is_new = 1;
        for (int k = 0; k < before_count; k++) is_new &= before[k] != found[i];
        if (is_new && has_one_byte(found[i])) fcntl(found[i], F_SETFD, FD_CLOEXEC);
    }
}
#endif

gesso_transfer_set *gesso_transfer_set_create(void) {
    if (!gesso_curl_ready()) return NULL;
    gesso_transfer_set *set = calloc(1, sizeof *set);
    if (!set) return NULL;
#if defined(__linux__)
    int before[MAX_PAIRS], before_count = find_inherited_pairs(before);
#endif
    set->multi = curl_multi_init();
    if (!set->multi) {
        free(set);
        return NULL;
    }
    // If curl_multi_init could not create its descriptors for wakeups, it does not report it, and commands would wait
    // for the network.
    if (curl_multi_wakeup(set->multi) != CURLM_OK) {
        curl_multi_cleanup(set->multi);
        free(set);
        return NULL;
    }
#if defined(__linux__)
    close_wakeup_on_exec(before, before_count);
#endif
    curl_multi_setopt(set->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    // The default depends on the number of transfers, so it closes connections between two bursts.
    curl_multi_setopt(set->multi, CURLMOPT_MAXCONNECTS, 128L);
    return set;
}

void gesso_transfer_set_destroy(gesso_transfer_set *set) {
    if (!set) return;
    curl_multi_cleanup(set->multi);
    free(set);
}

int gesso_transfer_set_add(gesso_transfer_set *set, gesso_transfer *transfer) {
    return curl_multi_add_handle(set->multi, transfer->easy) == CURLM_OK ? 0 : -1;
}

void gesso_transfer_set_remove(gesso_transfer_set *set, gesso_transfer *transfer) {
    curl_multi_remove_handle(set->multi, transfer->easy);
}

int gesso_transfer_set_perform(gesso_transfer_set *set) {
    int running = 0;
    return curl_multi_perform(set->multi, &running) == CURLM_OK ? 0 : -1;
}

int gesso_transfer_set_wait(gesso_transfer_set *set, int milliseconds) {
    return curl_multi_poll(set->multi, NULL, 0, milliseconds, NULL) == CURLM_OK ? 0 : -1;
}

void gesso_transfer_set_wakeup(gesso_transfer_set *set) { curl_multi_wakeup(set->multi); }

static gesso_transfer_result meaning(CURLcode code) {
    switch (code) {
    case CURLE_OK: return GESSO_TRANSFER_COMPLETE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return GESSO_TRANSFER_COULD_NOT_RESOLVE;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY: return GESSO_TRANSFER_COULD_NOT_CONNECT;
    // A reset during the handshake, or no common version or cipher.
    case CURLE_SSL_CONNECT_ERROR: return GESSO_TRANSFER_TLS_BROKE_OFF;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED: return GESSO_TRANSFER_TLS_FAILED;
    case CURLE_OPERATION_TIMEDOUT: return GESSO_TRANSFER_TIMED_OUT;
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return GESSO_TRANSFER_CONNECTION_LOST;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT: return GESSO_TRANSFER_PROTOCOL_REFUSED;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return GESSO_TRANSFER_MALFORMED_RESPONSE;
    case CURLE_WRITE_ERROR:
    case CURLE_READ_ERROR:
    case CURLE_ABORTED_BY_CALLBACK: return GESSO_TRANSFER_ABORTED;
    case CURLE_OUT_OF_MEMORY: return GESSO_TRANSFER_NO_MEMORY;
    default: return GESSO_TRANSFER_OTHER;
    }
}

gesso_transfer *gesso_transfer_set_next_ended(gesso_transfer_set *set, gesso_transfer_result *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(set->multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        gesso_transfer *transfer = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        if (!transfer) continue;
        *result = meaning(message->data.result);
        return transfer;
    }
    return NULL;
}
