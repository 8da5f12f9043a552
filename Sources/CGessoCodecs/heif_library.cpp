// Loads libheif when the first image needs it.

#ifdef GESSO_HEIF

#include "heif_library.h"
#include "report.h"

#include <dlfcn.h>

static gesso_heif_library functions;

static bool load() {
#ifdef __APPLE__
    void *library = dlopen("libheif.1.dylib", RTLD_NOW | RTLD_LOCAL);
#else
    void *library = dlopen("libheif.so.1", RTLD_NOW | RTLD_LOCAL);
#endif
    if (!library) return false;
    // It stays loaded for the rest of the process.
#define GESSO_HEIF_LOAD(name)                                                                                          \
    functions.name = (decltype(functions.name))dlsym(library, #name);                                                  \
    if (!functions.name) return false;
    GESSO_HEIF_FUNCTIONS(GESSO_HEIF_LOAD)
#undef GESSO_HEIF_LOAD
    return true;
}

const gesso_heif_library *gesso_heif_load() {
    static const bool is_loaded = load();
    return is_loaded ? &functions : nullptr;
}

gesso_heif_objects::~gesso_heif_objects() {
    if (image) heif().heif_image_release(image);
    if (handle) heif().heif_image_handle_release(handle);
    if (context) heif().heif_context_free(context);
}

void gesso_heif_fail(gesso_codec_report *report, gesso_codec_status status, const heif_error &error, const char *text) {
    gesso_report_fail(report, status, error.message && error.message[0] ? error.message : text);
}

#endif
