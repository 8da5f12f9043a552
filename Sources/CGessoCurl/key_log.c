// Keeps TLS session keys out of the file that SSLKEYLOGFILE names.

#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "transfer.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// libcurl writes TLS session keys to the file that the environment variable SSLKEYLOGFILE names, which the caller of
// this library may not want. It opens the file once, at initialization, and sets OpenSSL's callback for each
// connection before it calls CURLOPT_SSL_CTX_FUNCTION, which removes it again here.

CURLcode gesso_initialize_without_key_log(void) {
    const char *name = getenv("SSLKEYLOGFILE");
    char *path = name && *name ? strdup(name) : NULL;
    struct stat before;
    int existed = path && lstat(path, &before) == 0;
    CURLcode state = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (path && !existed) {
        struct stat after;
        // An empty regular file that did not exist before: the one just created.
        if (lstat(path, &after) == 0 && S_ISREG(after.st_mode) && after.st_size == 0 && after.st_uid == geteuid())
            unlink(path);
    }
    free(path);
    return state;
}

typedef void (*set_callback)(void *ssl_context, void (*callback)(const void *, const char *));

/// OpenSSL's function, from the library that libcurl uses: a program may have loaded others.
static set_callback find(void) {
    Dl_info curl;
    void *library = NULL;
    if (dladdr((void *)curl_easy_init, &curl) && curl.dli_fname)
        library = dlopen(curl.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (!library) library = dlopen(NULL, RTLD_LAZY);
    if (!library) return NULL;
    set_callback found;
    *(void **)&found = dlsym(library, "SSL_CTX_set_keylog_callback");
    dlclose(library);
    return found;
}

CURLcode gesso_restrict_key_log(CURL *easy, void *ssl_context, void *context) {
    (void)easy;
    const gesso_transfer *transfer = context;
    if (transfer->allows_key_log) return CURLE_OK;
    set_callback set = find();
    if (set) {
        set(ssl_context, NULL);
        return CURLE_OK;
    }
    // Without that function, keys would be logged: fail instead.
    return getenv("SSLKEYLOGFILE") ? CURLE_SSL_CONNECT_ERROR : CURLE_OK;
}
