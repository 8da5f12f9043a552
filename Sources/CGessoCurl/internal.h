#ifndef GESSO_CURL_INTERNAL_H
#define GESSO_CURL_INTERNAL_H

#include "gesso_curl.h"

#include <curl/curl.h>

struct gesso_transfer {
    CURL *easy;
    struct curl_slist *headers;
    gesso_transfer_callbacks callbacks;
    void *context;
    int allows_key_log;
    char message[CURL_ERROR_SIZE];
};

struct gesso_transfer_set {
    CURLM *multi;
};

int gesso_curl_ready(void);

/// libcurl's initialization, without the empty file that it makes where SSLKEYLOGFILE says.
CURLcode gesso_initialize_without_key_log(void);
/// A CURLOPT_SSL_CTX_FUNCTION that keeps session keys out of SSLKEYLOGFILE unless the transfer behind `context` allows it.
CURLcode gesso_restrict_key_log(CURL *easy, void *ssl_context, void *context);

#endif
