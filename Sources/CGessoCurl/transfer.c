// One transfer: its libcurl handle, its callbacks, and what is known when it ends.

#include "gesso_curl.h"
#include "transfer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode global_state = CURLE_FAILED_INIT;

static void initialize(void) { global_state = gesso_initialize_without_key_log(); }

int gesso_curl_ready(void) {
    pthread_once(&once, initialize);
    return global_state == CURLE_OK;
}

const char *gesso_curl_version(void) { return curl_version_info(CURLVERSION_NOW)->version; }

static int on_connected(void *context, char *address, char *local, int port, int local_port) {
    (void)address, (void)local, (void)port, (void)local_port;
    gesso_transfer *transfer = context;
    transfer->callbacks.connected(transfer->context);
    return CURL_PREREQFUNC_OK;
}

static size_t on_read(char *buffer, size_t size, size_t count, void *context) {
    gesso_transfer *transfer = context;
    size_t length = transfer->callbacks.read(transfer->context, (uint8_t *)buffer, size * count);
    return length == GESSO_TRANSFER_ABORT ? CURL_READFUNC_ABORT : length;
}

static int on_seek(void *context, curl_off_t offset, int origin) {
    gesso_transfer *transfer = context;
    if (origin != SEEK_SET || offset != 0) return CURL_SEEKFUNC_FAIL;
    return transfer->callbacks.rewind(transfer->context) == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static size_t returned(size_t given) {
    if (given == GESSO_TRANSFER_PAUSE) return CURL_WRITEFUNC_PAUSE;
    // Any other count than the given one ends the transfer; 0 works because libcurl never passes 0 bytes here.
    return given == GESSO_TRANSFER_ABORT ? 0 : given;
}

static size_t on_header(char *line, size_t size, size_t count, void *context) {
    gesso_transfer *transfer = context;
    return returned(transfer->callbacks.header(transfer->context, (const uint8_t *)line, size * count));
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context) {
    gesso_transfer *transfer = context;
    if (size * count == 0) return 0;
    return returned(transfer->callbacks.body(transfer->context, (const uint8_t *)bytes, size * count));
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)purpose;
    gesso_transfer *transfer = context;
    if (!transfer->callbacks.may_connect(transfer->context, &address->addr, address->addrlen)) return CURL_SOCKET_BAD;
#ifdef SOCK_CLOEXEC
    // A child process of the host program must not keep the connection open or write to it.
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
#else
    return socket(address->family, address->socktype, address->protocol);
#endif
}

#define SET(option, value) (failed |= curl_easy_setopt(easy, option, value) != CURLE_OK)

gesso_transfer *gesso_transfer_create(const gesso_transfer_callbacks *callbacks, void *context) {
    if (!gesso_curl_ready()) return NULL;
    gesso_transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer) return NULL;
    CURL *easy = transfer->easy = curl_easy_init();
    if (!easy) {
        free(transfer);
        return NULL;
    }
    transfer->callbacks = *callbacks;
    transfer->context = context;
    int failed = 0;
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_ERRORBUFFER, transfer->message);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_NOPROGRESS, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PIPEWAIT, 1L);
    SET(CURLOPT_BUFFERSIZE, 256L * 1024);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_TCP_KEEPIDLE, 30L);
    SET(CURLOPT_TCP_KEEPINTVL, 15L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    // TLS libraries other than OpenSSL do not support this option.
    CURLcode restricted = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, gesso_restrict_key_log);
    if (restricted == CURLE_OK) SET(CURLOPT_SSL_CTX_DATA, transfer);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    // A proxy's response to CONNECT is not the server's response.
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    // Otherwise cancelling a transfer would wait for the name resolver's thread.
    SET(CURLOPT_QUICK_EXIT, 1L);
#endif
    SET(CURLOPT_PREREQFUNCTION, on_connected);
    SET(CURLOPT_PREREQDATA, transfer);
    SET(CURLOPT_READFUNCTION, on_read);
    SET(CURLOPT_READDATA, transfer);
    SET(CURLOPT_SEEKFUNCTION, on_seek);
    SET(CURLOPT_SEEKDATA, transfer);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, transfer);
    // Otherwise libcurl sends "Expect: 100-continue" for bodies over 1 MB, as most edits have.
    failed |= gesso_transfer_add_header(transfer, "Expect:") != 0;
    if (failed) {
        gesso_transfer_destroy(transfer);
        return NULL;
    }
    return transfer;
}

void gesso_transfer_destroy(gesso_transfer *transfer) {
    if (!transfer) return;
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    free(transfer);
}

void *gesso_transfer_context(gesso_transfer *transfer) { return transfer->context; }

int gesso_transfer_set_url(gesso_transfer *transfer, const char *url, int allow_http) {
    CURL *easy = transfer->easy;
    int failed = 0;
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, allow_http ? "https,http" : "https");
    SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
    return failed ? -1 : 0;
}

int gesso_transfer_add_header(gesso_transfer *transfer, const char *line) {
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    if (!longer) return -1;
    transfer->headers = longer;
    return curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, longer) == CURLE_OK ? 0 : -1;
}

int gesso_transfer_set_get(gesso_transfer *transfer) {
    return curl_easy_setopt(transfer->easy, CURLOPT_HTTPGET, 1L) == CURLE_OK ? 0 : -1;
}

int gesso_transfer_set_delete(gesso_transfer *transfer) {
    return curl_easy_setopt(transfer->easy, CURLOPT_CUSTOMREQUEST, "DELETE") == CURLE_OK ? 0 : -1;
}

int gesso_transfer_set_post(gesso_transfer *transfer, int64_t body_byte_count) {
    CURL *easy = transfer->easy;
    int failed = 0;
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_byte_count);
    return failed ? -1 : 0;
}

int gesso_transfer_set_put(gesso_transfer *transfer, int64_t body_byte_count) {
    CURL *easy = transfer->easy;
    int failed = 0;
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)body_byte_count);
    return failed ? -1 : 0;
}

int gesso_transfer_set_connect_timeout(gesso_transfer *transfer, int64_t milliseconds) {
    return curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)milliseconds) == CURLE_OK ? 0 : -1;
}

int gesso_transfer_set_longest_idle(gesso_transfer *transfer, int64_t seconds) {
    if (seconds < 2) return curl_easy_setopt(transfer->easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK ? 0 : -1;
    // libcurl truncates the idle time to whole seconds and reuses a connection up to and including the limit, so it
    // may exceed the limit by nearly a second. In the option for milliseconds, 0 would mean no limit.
    return curl_easy_setopt(transfer->easy, CURLOPT_MAXAGE_CONN, (long)(seconds - 1)) == CURLE_OK ? 0 : -1;
}

int gesso_transfer_set_proxy(gesso_transfer *transfer, const char *proxy) {
    return curl_easy_setopt(transfer->easy, CURLOPT_PROXY, proxy) == CURLE_OK ? 0 : -1;
}

int gesso_transfer_allow_key_log(gesso_transfer *transfer) {
    transfer->allows_key_log = 1;
    return 0;
}

int gesso_transfer_set_certificate_authorities(gesso_transfer *transfer, const char *path) {
    return curl_easy_setopt(transfer->easy, CURLOPT_CAINFO, path) == CURLE_OK ? 0 : -1;
}

int gesso_transfer_set_unshared(gesso_transfer *transfer) {
    CURL *easy = transfer->easy;
    int failed = 0;
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    return failed ? -1 : 0;
}

int gesso_transfer_resume(gesso_transfer *transfer) {
    return curl_easy_pause(transfer->easy, CURLPAUSE_CONT) == CURLE_OK ? 0 : -1;
}

int64_t gesso_transfer_bytes_sent(gesso_transfer *transfer) {
    curl_off_t sent = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    return (int64_t)sent;
}

const char *gesso_transfer_message(gesso_transfer *transfer) { return transfer->message; }
