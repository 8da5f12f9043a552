// The state of a transfer and of a set of transfers, which the files of this target share.

#ifndef GESSO_CURL_TRANSFER_H
#define GESSO_CURL_TRANSFER_H

#include "gesso_curl.h"

#include <curl/curl.h>

struct gesso_transfer {
    CURL *easy;
    struct curl_slist *headers;
    gesso_transfer_callbacks callbacks;
    void *context;
    /// Whether TLS session keys may be written to the file in SSLKEYLOGFILE.
    int allows_key_log;
    char message[CURL_ERROR_SIZE];
};

struct gesso_transfer_set {
    CURLM *multi;
};

/// Initializes libcurl at the first call; 0 if that failed.
int gesso_curl_ready(void);

/// Initializes libcurl without leaving the empty file that it creates at the path in SSLKEYLOGFILE.
CURLcode gesso_initialize_without_key_log(void);
/// A CURLOPT_SSL_CTX_FUNCTION that prevents key logging to SSLKEYLOGFILE unless the transfer in `context` allows it.
CURLcode gesso_restrict_key_log(CURL *easy, void *ssl_context, void *context);

#endif
