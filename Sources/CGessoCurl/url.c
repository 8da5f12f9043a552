// Parses URLs with libcurl, which also connects to them.

#include "transfer.h"

#include <stdlib.h>
#include <string.h>

static char *part(CURLU *handle, CURLUPart what, unsigned flags) {
    char *text = NULL;
    if (curl_url_get(handle, what, &text, flags) != CURLUE_OK || !text) return NULL;
    // libcurl may use another allocator than this library.
    char *copy = strdup(text);
    curl_free(text);
    return copy;
}

int gesso_url_parse(const char *base, const char *url, gesso_url *parsed) {
    memset(parsed, 0, sizeof *parsed);
    CURLU *handle = curl_url();
    if (!handle) return -1;
    int failed = 0;
    // Setting an absolute or relative URL resolves it against the previous one.
    if (base) failed |= curl_url_set(handle, CURLUPART_URL, base, 0) != CURLUE_OK;
    failed |= curl_url_set(handle, CURLUPART_URL, url, 0) != CURLUE_OK;
    if (!failed) {
        parsed->url = part(handle, CURLUPART_URL, 0);
        parsed->scheme = part(handle, CURLUPART_SCHEME, 0);
        parsed->host = part(handle, CURLUPART_HOST, 0);
        char *port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
        parsed->port = port ? atoi(port) : 0;
        free(port);
        char *user = part(handle, CURLUPART_USER, 0);
        parsed->has_user = user != NULL;
        free(user);
        failed = !parsed->url || !parsed->scheme || !parsed->host;
    }
    curl_url_cleanup(handle);
    if (failed) gesso_url_free(parsed);
    return failed ? -1 : 0;
}

void gesso_url_free(gesso_url *parsed) {
    free(parsed->url);
    free(parsed->scheme);
    free(parsed->host);
    memset(parsed, 0, sizeof *parsed);
}
