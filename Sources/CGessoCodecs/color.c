// Converts colors between ICC profiles with lcms2, in memory that is counted and freed by the caller.

#include "report.h"

#include <lcms2_plugin.h>
#include <setjmp.h>
#include <stdlib.h>

/// The header of each block of lcms2's memory: a node of the list of all blocks of a transform's context.
typedef struct block {
    struct block *next, *previous;
} block;

struct gesso_color_transform {
    cmsHTRANSFORM transform;
    cmsContext context;
    block blocks;
    /// lcms2 does not report failed allocations differently from other failures, so they are noted here.
    gesso_codec_status status;
    /// The jump target for failed allocations. lcms2 does not handle all of them: in some places it uses the null
    /// pointer, in others it gives wrong colors or leaks memory.
    jmp_buf way_out;
    int has_way_out;
};

/// No valid profile needs a larger block; one that does is damaged.
static const cmsUInt32Number most = 64 << 20;

/// Adds a new block to the list. The user data of every context is its transform, which lives as long as the context.
static void *keep(cmsContext context, block *made, gesso_codec_status failure) {
    gesso_color_transform *owner = cmsGetContextUserData(context);
    if (made) {
        block *row = owner ? &owner->blocks : NULL;
        *made = row ? (block){row->next, row} : (block){made, made};
        if (row) row->next = row->next->previous = made;
        return made + 1;
    }
    if (owner) owner->status = failure;
    if (owner && owner->has_way_out) longjmp(owner->way_out, 1);
    return NULL;
}

static void *on_allocate(cmsContext context, cmsUInt32Number count) {
    if (count > most) return keep(context, NULL, GESSO_CODEC_BAD_PROFILE);
    return keep(context, malloc(sizeof(block) + count), GESSO_CODEC_NO_MEMORY);
}

static void on_free(cmsContext context, void *memory) {
    (void)context;
    if (!memory) return;
    block *old = (block *)memory - 1;
    old->previous->next = old->next;
    old->next->previous = old->previous;
    free(old);
}

static void *on_reallocate(cmsContext context, void *memory, cmsUInt32Number count) {
    if (!memory) return on_allocate(context, count);
    if (count > most) return keep(context, NULL, GESSO_CODEC_BAD_PROFILE);
    block *old = (block *)memory - 1, *next = old->next, *previous = old->previous;
    block *made = realloc(old, sizeof(block) + count);
    if (!made) return keep(context, NULL, GESSO_CODEC_NO_MEMORY);
    next->previous = previous->next = made;
    return made + 1;
}

/// The profiles of a context are used only by the thread that creates its transform, so no lock is needed. lcms2
/// (2.14) allocates its own locks and does not check whether that succeeded.
static void *on_make_lock(cmsContext context) { return cmsGetContextUserData(context); }
static void on_unlock(cmsContext context, void *lock) { (void)context, (void)lock; }
static cmsBool on_lock(cmsContext context, void *lock) { return (void)context, (void)lock, TRUE; }

static gesso_color_transform *make_context(gesso_codec_status *status) {
    static cmsPluginMemHandler memory = {
        .base = {cmsPluginMagicNumber, 2060, cmsPluginMemHandlerSig, NULL},
        .MallocPtr = on_allocate, .FreePtr = on_free, .ReallocPtr = on_reallocate};
    static cmsPluginMutex locks = {
        .base = {cmsPluginMagicNumber, 2060, cmsPluginMutexSig, NULL},
        .CreateMutexPtr = on_make_lock, .DestroyMutexPtr = on_unlock, .LockMutexPtr = on_lock,
        .UnlockMutexPtr = on_unlock};
    *status = GESSO_CODEC_NO_MEMORY;
    gesso_color_transform *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->blocks = (block){&made->blocks, &made->blocks};
    made->context = cmsCreateContext(&memory, made);
    // Where a context could not allocate its own data, lcms2 uses the global data, which must not be changed.
    if (made->context && made->status == GESSO_CODEC_OK && cmsPluginTHR(made->context, &locks)) return made;
    gesso_color_free(made);
    return NULL;
}

static cmsHPROFILE open_profile(cmsContext context, const uint8_t *bytes, size_t count) {
    if (count > UINT32_MAX) return NULL;
    return cmsOpenProfileFromMemTHR(context, bytes, (cmsUInt32Number)count);
}

/// A gray profile with the sRGB curve, so that gray images keep one channel.
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

/// If there are no bytes, sRGB with one or three channels.
typedef struct {
    const uint8_t *from, *to;
    size_t from_count, to_count;
    cmsUInt32Number from_format, to_format, flags;
} conversion;

static cmsHPROFILE open_end(cmsContext context, const uint8_t *bytes, size_t count, cmsUInt32Number format) {
    if (bytes) return open_profile(context, bytes, count);
    return T_CHANNELS(format) == 1 ? open_gray_srgb(context) : cmsCreate_sRGBProfileTHR(context);
}

static void make_transform(gesso_color_transform *made, const conversion *wanted) {
    cmsHPROFILE from = open_end(made->context, wanted->from, wanted->from_count, wanted->from_format);
    cmsHPROFILE to = open_end(made->context, wanted->to, wanted->to_count, wanted->to_format);
    if (from && to)
        made->transform = cmsCreateTransformTHR(made->context, from, wanted->from_format, to, wanted->to_format,
                                                INTENT_RELATIVE_COLORIMETRIC, wanted->flags);
    if (from) cmsCloseProfile(from);
    if (to) cmsCloseProfile(to);
    if (!made->transform) made->status = GESSO_CODEC_BAD_PROFILE;
}

static gesso_color_transform *create(conversion wanted, gesso_codec_status *status) {
    gesso_color_transform *made = make_context(status);
    if (!made) return NULL;
    if (setjmp(made->way_out) == 0) {
        made->has_way_out = 1;
        make_transform(made, &wanted);
    }
    made->has_way_out = 0;
    *status = made->status;
    if (*status == GESSO_CODEC_OK) return made;
    gesso_color_free(made);
    return NULL;
}

gesso_color_transform *gesso_color_create(const uint8_t *from, size_t from_count, const uint8_t *to, size_t to_count,
                                          int channels, int bits, gesso_codec_status *status) {
    cmsUInt32Number format = format_of(channels, bits);
    *status = GESSO_CODEC_MISUSE;
    if (!format) return NULL;
    // lcms2's 16-bit tables are wrong by hundreds of levels near black, so evaluate the curves.
    cmsUInt32Number flags = bits == 16 ? CONVERSION | cmsFLAGS_NOOPTIMIZE : CONVERSION;
    return create((conversion){from, to, from_count, to_count, format, format, flags}, status);
}

gesso_color_transform *gesso_color_create_cmyk(const uint8_t *from, size_t from_count, gesso_codec_status *status) {
    return create((conversion){from, NULL, from_count, 0, TYPE_CMYK_8_REV, TYPE_RGB_8, CONVERSION}, status);
}

gesso_codec_status gesso_color_check(const uint8_t *profile, size_t count, int channels) {
    gesso_codec_status status;
    cmsUInt32Number format = channels == 4 ? TYPE_CMYK_8 : format_of(channels, 8);
    // Without the tables that make a conversion fast: this only checks whether it can be created.
    gesso_color_free(create((conversion){profile, NULL, count, 0, format, format_of(channels == 1 ? 1 : 3, 8),
                                         cmsFLAGS_NOOPTIMIZE}, &status));
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
    if (transform->context) cmsDeleteContext(transform->context);
    // Free what lcms2 has leaked.
    while (transform->blocks.next != &transform->blocks) on_free(NULL, transform->blocks.next + 1);
    free(transform);
}
