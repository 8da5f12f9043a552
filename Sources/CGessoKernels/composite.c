#include "gesso_composite.h"

#include "gesso_kernels.h"

#include <math.h>
#include <string.h>

// IEC 61966-2-1, 5.2: the sRGB transfer function and its inverse.
static double linear_light(double encoded) {
    return encoded <= 0.04045 ? encoded / 12.92 : pow((encoded + 0.055) / 1.055, 2.4);
}

static double encoded_light(double linear) {
    return linear <= 0.0031308 ? linear * 12.92 : 1.055 * pow(linear, 1 / 2.4) - 0.055;
}

// Both opaque: the common case.
static inline void blend_opaque(
    uint8_t *target, const uint8_t *patch, unsigned weight, int channels, const uint16_t *decode,
    const uint8_t *encode) {
    for (int c = 0; c < channels; c++) {
        uint32_t sum = decode[patch[c]] * weight + decode[target[c]] * (255 - weight);
        target[c] = encode[((sum + 127) / 255) >> 2];
    }
}

static inline void blend_alpha(
    uint8_t *target, const uint8_t *patch, unsigned weight, const uint16_t *decode, const uint8_t *encode) {
    uint64_t patch_share = weight * patch[3], own_share = (255 - weight) * target[3], alpha = patch_share + own_share;
    if (alpha == 0) return;
    for (int c = 0; c < 3; c++) {
        uint64_t sum = decode[patch[c]] * patch_share + decode[target[c]] * own_share;
        target[c] = encode[((sum + alpha / 2) / alpha) >> 2];
    }
    target[3] = (uint8_t)((alpha + 127) / 255);
}

// Laid over a target without alpha: the patch's own alpha lessens its weight.
static inline void blend_over(
    uint8_t *target, const uint8_t *patch, unsigned weight, const uint16_t *decode, const uint8_t *encode) {
    uint64_t share = weight * patch[3];
    if (share == 0) return;
    for (int c = 0; c < 3; c++) {
        uint64_t sum = decode[patch[c]] * share + decode[target[c]] * (65025 - share);
        target[c] = share == 65025 ? patch[c] : encode[((sum + 32512) / 65025) >> 2];
    }
}

void gesso_composite8(
    uint8_t *target, const uint8_t *patch, const uint8_t *weight, size_t count, int channels, int patch_channels,
    const uint16_t *decode, const uint8_t *encode) {
    const gesso_kernels_t *kernels = gesso_kernels();
    size_t i = 0;
    while (i < count) {
        // Most of a mask is runs of all or nothing.
        if (weight[i] == 0) {
            i += kernels->run_length(weight + i, 0, count - i);
            continue;
        }
        uint8_t *own = target + i * (size_t)channels;
        const uint8_t *other = patch + i * (size_t)patch_channels;
        if (weight[i] == 255) {
            size_t run = kernels->run_length(weight + i, 255, count - i);
            if (channels == patch_channels) {
                memcpy(own, other, run * (size_t)channels);
                i += run;
                continue;
            }
            if (kernels->is_opaque(other, run)) {
                kernels->rgba_to_rgb(other, own, run);
                i += run;
                continue;
            }
        }
        if (channels != patch_channels) {
            blend_over(own, other, weight[i], decode, encode);
        } else if (channels == 4 && (own[3] & other[3]) != 255) {
            blend_alpha(own, other, weight[i], decode, encode);
        } else {
            blend_opaque(own, other, weight[i], channels < 3 ? 1 : 3, decode, encode);
        }
        i++;
    }
}

static uint16_t mix16(uint16_t own, double own_share, uint16_t other, double other_share) {
    double linear = linear_light(own / 65535.0) * own_share + linear_light(other / 65535.0) * other_share;
    return (uint16_t)(encoded_light(linear) * 65535.0 + 0.5);
}

void gesso_composite16(
    uint16_t *target, const uint16_t *patch, const uint8_t *weight, size_t count, int channels, int patch_channels) {
    for (size_t i = 0; i < count; i++, target += channels, patch += patch_channels) {
        unsigned w = weight[i];
        if (w == 0) continue;
        if (channels == 4) {
            if (w == 255) {
                memcpy(target, patch, 8);
                continue;
            }
            double patch_share = (double)w * patch[3], own_share = (255.0 - w) * target[3];
            double alpha = patch_share + own_share;
            if (alpha == 0) continue;
            for (int c = 0; c < 3; c++) {
                if (patch[c] != target[c]) {
                    target[c] = mix16(target[c], own_share / alpha, patch[c], patch_share / alpha);
                }
            }
            target[3] = (uint16_t)(alpha / 255 + 0.5);
            continue;
        }
        double share = patch_channels == 4 ? w * (patch[3] / 65535.0) / 255.0 : w / 255.0;
        if (share == 0) continue;
        for (int c = 0; c < channels; c++) {
            if (share == 1) {
                target[c] = patch[c];
            } else if (patch[c] != target[c]) {
                target[c] = mix16(target[c], 1 - share, patch[c], share);
            }
        }
    }
}
