#include "gesso_composite.h"

#include <math.h>
#include <string.h>

// IEC 61966-2-1, 5.2: the sRGB transfer function and its inverse.
static double linear_light(double encoded) {
    return encoded <= 0.04045 ? encoded / 12.92 : pow((encoded + 0.055) / 1.055, 2.4);
}

static double encoded_light(double linear) {
    return linear <= 0.0031308 ? linear * 12.92 : 1.055 * pow(linear, 1 / 2.4) - 0.055;
}

void gesso_composite8(
    uint8_t *target, const uint8_t *patch, const uint8_t *weight, size_t count, int channels, int patch_channels,
    const uint16_t *decode, const uint8_t *encode) {
    for (size_t i = 0; i < count; i++, target += channels, patch += patch_channels) {
        unsigned w = weight[i];
        if (w == 0) continue;
        if (channels == 4) {
            if (w == 255) {
                memcpy(target, patch, 4);
                continue;
            }
            uint64_t patch_share = w * patch[3], own_share = (255 - w) * target[3], alpha = patch_share + own_share;
            if (alpha == 0) continue;
            for (int c = 0; c < 3; c++) {
                uint64_t sum = decode[patch[c]] * patch_share + decode[target[c]] * own_share;
                target[c] = encode[(sum + alpha / 2) / alpha];
            }
            target[3] = (uint8_t)((alpha + 127) / 255);
            continue;
        }
        uint64_t share = patch_channels == 4 ? w * patch[3] : w * 255;
        if (share == 0) continue;
        for (int c = 0; c < channels; c++) {
            if (share == 65025) {
                target[c] = patch[c];
            } else {
                uint64_t sum = decode[patch[c]] * share + decode[target[c]] * (65025 - share);
                target[c] = encode[(sum + 32512) / 65025];
            }
        }
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
