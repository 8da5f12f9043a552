#include "report.h"

#include <lcms2.h>
#include <stdlib.h>
#include <string.h>

struct gesso_color_transform {
    cmsHTRANSFORM transform;
    cmsContext context;
};

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

static gesso_color_transform *create(cmsContext context, cmsHPROFILE from, cmsUInt32Number from_format, cmsHPROFILE to,
                                     cmsUInt32Number to_format, cmsUInt32Number flags, gesso_codec_status *status) {
    gesso_color_transform *result = NULL;
    cmsHTRANSFORM transform = NULL;
    *status = GESSO_CODEC_BAD_PROFILE;
    if (from && to)
        transform = cmsCreateTransformTHR(context, from, from_format, to, to_format, INTENT_RELATIVE_COLORIMETRIC, flags);
    if (transform) {
        result = malloc(sizeof *result);
        *status = result ? GESSO_CODEC_OK : GESSO_CODEC_NO_MEMORY;
    }
    if (from) cmsCloseProfile(from);
    if (to) cmsCloseProfile(to);
    if (!result) {
        if (transform) cmsDeleteTransform(transform);
        cmsDeleteContext(context);
        return NULL;
    }
    result->transform = transform;
    result->context = context;
    return result;
}

gesso_color_transform *gesso_color_create(const uint8_t *from, size_t from_count, const uint8_t *to, size_t to_count,
                                          int channels, int bits, gesso_codec_status *status) {
    cmsUInt32Number format = format_of(channels, bits);
    cmsContext context = cmsCreateContext(NULL, NULL);
    *status = context ? GESSO_CODEC_MISUSE : GESSO_CODEC_NO_MEMORY;
    if (!context || !format) return NULL;
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
    return create(context, source, format, target, format, flags, status);
}

gesso_color_transform *gesso_color_create_cmyk(const uint8_t *from, size_t from_count, gesso_codec_status *status) {
    cmsContext context = cmsCreateContext(NULL, NULL);
    *status = GESSO_CODEC_NO_MEMORY;
    if (!context) return NULL;
    cmsHPROFILE source = open_profile(context, from, from_count);
    return create(context, source, TYPE_CMYK_8_REV, cmsCreate_sRGBProfileTHR(context), TYPE_RGB_8,
                  CONVERSION, status);
}

gesso_codec_status gesso_color_check(const uint8_t *profile, size_t count, int channels) {
    gesso_codec_status status = GESSO_CODEC_NO_MEMORY;
    cmsContext context = cmsCreateContext(NULL, NULL);
    if (!context) return status;
    cmsHPROFILE target = channels == 1 ? open_gray_srgb(context) : cmsCreate_sRGBProfileTHR(context);
    // Without the tables that make conversion quick: this asks only whether there could be one.
    gesso_color_transform *made =
        create(context, open_profile(context, profile, count), channels == 4 ? TYPE_CMYK_8 : format_of(channels, 8),
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
    cmsDeleteTransform(transform->transform);
    cmsDeleteContext(transform->context);
    free(transform);
}
