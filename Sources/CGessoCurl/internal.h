#ifndef GESSO_CURL_INTERNAL_H
#define GESSO_CURL_INTERNAL_H

#include "gesso_curl.h"

#include <curl/curl.h>

struct gesso_transfer {
    CURL *easy;
    struct curl_slist *headers;
    gesso_transfer_callbacks callbacks;
    void *context;
    char message[CURL_ERROR_SIZE];
};

struct gesso_transfer_set {
    CURLM *multi;
};

int gesso_curl_ready(void);

#endif
