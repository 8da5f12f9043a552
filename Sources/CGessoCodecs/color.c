#include "report.h"

#include <lcms2_plugin.h>
#include <stdlib.h>
#include <string.h>

struct gesso_color_transform {
    cmsHTRANSFORM transform;
    cmsContext context;
    /// lcms2 tells of no memory as of any other failure, so we take note ourselves.
    int no_memory;
};

/// The user data of every context is its transform, which lives as long as the context does.
static void *noted(cmsContext context, void *memory) {
    gesso_color_transform *owner = cmsGetContextUserData(context);
    if (!memory && owner) owner->no_memory = 1;
    return memory;
}

/// No sound profile asks for more at once: what does is broken, and not short of memory.
static const cmsUInt32Number most = 64 << 20;

static void *on_allocate(cmsContext context, cmsUInt32Number count) {
    return count > most ? NULL : noted(context, malloc(count));
}

static void *on_reallocate(cmsContext context, void *memory, cmsUInt32Number count) {
    return count > most ? NULL : noted(context, realloc(memory, count));
}

static void on_free(cmsContext context, void *memory) { (void)context, free(memory); }

static gesso_color_transform *make_context(gesso_codec_status *status) {
    static cmsPluginMemHandler memory = {
        .base = {cmsPluginMagicNumber, 2060, cmsPluginMemHandlerSig, NULL},
        .MallocPtr = on_allocate, .FreePtr = on_free, .ReallocPtr = on_reallocate};
    gesso_color_transform *made = calloc(1, sizeof *made);
    if (made) made->context = cmsCreateContext(&memory, made);
    if (made && made->context) return made;
    *status = GESSO_CODEC_NO_MEMORY;
    free(made);
    return NULL;
}

static cmsHPROFILE open_profile(cmsContext context, const uint8_t *bytes, size_t count) {
    if (!bytes) return cmsCreate_sRGBProfileTHR(context);
    if (count > UINT32_MAX) return NULL;
    return cmsOpenProfileFromMemTHR(context, bytes, (cmsUInt32Number)count);
}

/// Grey with the sRGB curve, so that grey pictures stay one channel.
static cmsHPROFILE open_gray_srgb(cmsContext context) {
    // IEC 61966-2-1: linear below 0.04045, else ((x + 0.055) / 1.055)^2.4.
    const cmsFloat64Number parameters[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    cmsToneCurve *curve = cmsBuildParametricToneCurve(context, 4, parameters);
    if (!curve) return NULL;
    cmsHPROFILE profile = cmsCreateGrayProfileTHR(context, cmsD50_xyY(), curve);
    cmsFreeToneCurve(curve);
    return profile;
}

static cmsUInt32Number format_of(int channels, int bits) {
    switch (channels * 100 + bits) {
    case 108: return TYPE_GRAY_8;
    case 116: return TYPE_GRAY_16;
    case 308: return TYPE_RGB_8;
    case 316: return TYPE_RGB_16;
    case 408: return TYPE_RGBA_8;
    case 416: return TYPE_RGBA_16;
    default: return 0;
    }
}

static const cmsUInt32Number CONVERSION = cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_COPY_ALPHA;

/// Closes the profiles, whatever comes of it.
static gesso_color_transform *create(gesso_color_transform *made, cmsHPROFILE from, cmsUInt32Number from_format,
                                     cmsHPROFILE to, cmsUInt32Number to_format, cmsUInt32Number flags,
                                     gesso_codec_status *status) {
    if (from && to)
        made->transform = cmsCreateTransformTHR(made->context, from, from_format, to, to_format,
                                                INTENT_RELATIVE_COLORIMETRIC, flags);
    if (from) cmsCloseProfile(from);
    if (to) cmsCloseProfile(to);
    // Where lcms2 goes on without the memory it asked for, the colours are another's.
    *status = made->no_memory ? GESSO_CODEC_NO_MEMORY : made->transform ? GESSO_CODEC_OK : GESSO_CODEC_BAD_PROFILE;
    if (*status == GESSO_CODEC_OK) return made;
    gesso_color_free(made);
    return NULL;
}

gesso_color_transform *gesso_color_create(const uint8_t *from, size_t from_count, const uint8_t *to, size_t to_count,
                                          int channels, int bits, gesso_codec_status *status) {
    cmsUInt32Number format = format_of(channels, bits);
    *status = GESSO_CODEC_MISUSE;
    gesso_color_transform *made = format ? make_context(status) : NULL;
    if (!made) return NULL;
    cmsContext context = made->context;
    cmsHPROFILE source, target;
    if (channels == 1) {
        source = from ? open_profile(context, from, from_count) : open_gray_srgb(context);
        target = to ? open_profile(context, to, to_count) : open_gray_srgb(context);
    } else {
        source = open_profile(context, from, from_count);
        target = open_profile(context, to, to_count);
    }
    // lcms2's tables for 16 bits err by hundreds of levels near black: go through the curves themselves.
    cmsUInt32Number flags = bits == 16 ? CONVERSION | cmsFLAGS_NOOPTIMIZE : CONVERSION;
    return create(made, source, format, target, format, flags, status);
}

gesso_color_transform *gesso_color_create_cmyk(const uint8_t *from, size_t from_count, gesso_codec_status *status) {
    gesso_color_transform *made = make_context(status);
    if (!made) return NULL;
    cmsHPROFILE source = open_profile(made->context, from, from_count);
    cmsHPROFILE target = cmsCreate_sRGBProfileTHR(made->context);
    return create(made, source, TYPE_CMYK_8_REV, target, TYPE_RGB_8, CONVERSION, status);
}

gesso_codec_status gesso_color_check(const uint8_t *profile, size_t count, int channels) {
    gesso_codec_status status = GESSO_CODEC_OK;
    gesso_color_transform *made = make_context(&status);
    if (!made) return status;
    cmsHPROFILE target = channels == 1 ? open_gray_srgb(made->context) : cmsCreate_sRGBProfileTHR(made->context);
    // Without the tables that make conversion quick: this asks only whether there could be one.
    made = create(made, open_profile(made->context, profile, count), channels == 4 ? TYPE_CMYK_8 : format_of(channels, 8),
                  target, format_of(channels == 1 ? 1 : 3, 8), cmsFLAGS_NOOPTIMIZE, &status);
    gesso_color_free(made);
    return status;
}

void gesso_color_apply(const gesso_color_transform *transform, const uint8_t *from, uint8_t *to, size_t pixel_count) {
    while (pixel_count > 0) {
        cmsUInt32Number part = pixel_count > 1 << 30 ? 1 << 30 : (cmsUInt32Number)pixel_count;
        cmsDoTransform(transform->transform, from, to, part);
        pixel_count -= part;
    }
}

void gesso_color_free(gesso_color_transform *transform) {
    if (!transform) return;
    if (transform->transform) cmsDeleteTransform(transform->transform);
    cmsDeleteContext(transform->context);
    free(transform);
}
