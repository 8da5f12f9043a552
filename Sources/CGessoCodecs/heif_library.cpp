#ifdef GESSO_HEIF

#include "heif_library.h"

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

#endif
