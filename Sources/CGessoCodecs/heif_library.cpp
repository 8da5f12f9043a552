// Loads libheif when the first image needs it.

#ifdef GESSO_HEIF

#include "heif_library.h"
#include "report.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <libde265/de265.h>

// libde265 leaves the memory of blocks that damaged data does not code as it was, and libheif hands it out: an image would
// show what the process had in memory before. The allocation functions here give it planes of medium gray instead.

namespace {

struct Functions {
    decltype(&::de265_get_default_image_allocation_functions) defaults;
    decltype(&::de265_get_bits_per_pixel) bits;
    decltype(&::de265_set_image_plane) set_plane;
    decltype(&::de265_get_image_plane) plane;
    decltype(&::de265_get_image_plane_user_data) memory;
} de265;

/// What the decoder reads behind a row at most.
constexpr size_t padding = 64;

uint8_t *gray_plane(size_t samples, int bits) {
    void *memory = nullptr;
    size_t count = samples * (bits > 8 ? 2 : 1);
    if (posix_memalign(&memory, 64, count + padding) != 0) return nullptr;
    if (bits > 8)
        for (size_t i = 0; i < samples; ++i) ((uint16_t *)memory)[i] = (uint16_t)(1u << (bits - 1));
    else
        memset(memory, 128, count);
    memset((uint8_t *)memory + count, 0, padding);
    return (uint8_t *)memory;
}

void release(de265_decoder_context *, de265_image *image, void *) {
    for (int plane = 0; plane < 3; ++plane) free(de265.memory(image, plane));
}

/// Returns 0 if there is no memory.
int allocate(de265_decoder_context *, de265_image_spec *spec, de265_image *image, void *) {
    const int planes = spec->format == de265_image_format_mono8 ? 1 : 3;
    const int across = spec->format == de265_image_format_YUV444P8 ? 1 : 2;
    const int down = spec->format == de265_image_format_YUV420P8 ? 2 : 1;
    const size_t alignment = (size_t)spec->alignment;
    uint8_t *memory[3] = {nullptr, nullptr, nullptr};
    size_t strides[3] = {0, 0, 0};
    for (int plane = 0; plane < planes; ++plane) {
        size_t width = (size_t)(plane ? spec->width / across : spec->width);
        size_t height = (size_t)(plane ? spec->height / down : spec->height);
        strides[plane] = (width + alignment - 1) / alignment * alignment;
        memory[plane] = gray_plane(strides[plane] * height, de265.bits(image, plane));
        if (memory[plane]) continue;
        while (plane-- > 0) free(memory[plane]);
        return 0;
    }
    for (int plane = 0; plane < 3; ++plane) {
        int samples = (int)strides[plane], bytes = samples * (de265.bits(image, 0) > 8 ? 2 : 1), found = 0;
        de265.set_plane(image, plane, memory[plane], bytes, memory[plane]);
        // Whether the stride is in bytes or in samples is not documented; it is read in bytes.
        de265.plane(image, plane, &found);
        if (found != bytes) de265.set_plane(image, plane, memory[plane], samples, memory[plane]);
    }
    return 1;
}

} // namespace

static bool fill_planes() {
#ifdef __APPLE__
    void *library = dlopen("libde265.0.dylib", RTLD_NOW | RTLD_LOCAL);
#else
    void *library = dlopen("libde265.so.0", RTLD_NOW | RTLD_LOCAL);
#endif
    // Without it, libheif decodes no HEVC.
    if (!library) return true;
    de265.defaults = (decltype(de265.defaults))dlsym(library, "de265_get_default_image_allocation_functions");
    de265.bits = (decltype(de265.bits))dlsym(library, "de265_get_bits_per_pixel");
    de265.set_plane = (decltype(de265.set_plane))dlsym(library, "de265_set_image_plane");
    de265.plane = (decltype(de265.plane))dlsym(library, "de265_get_image_plane");
    de265.memory = (decltype(de265.memory))dlsym(library, "de265_get_image_plane_user_data");
    if (!de265.defaults || !de265.bits || !de265.set_plane || !de265.plane || !de265.memory) return false;
    // libheif does not give access to its decoders. The table is a variable that each new one copies.
    de265_image_allocation *table = const_cast<de265_image_allocation *>(de265.defaults());
    table->get_buffer = allocate;
    table->release_buffer = release;
    return true;
}

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
    return fill_planes();
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
