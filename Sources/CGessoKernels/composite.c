#include "gesso_composite.h"

#include "gesso_kernels.h"
#include "srgb.h"

#include <string.h>

// No fused multiply-add, so that every machine gives the same bits.
#pragma clang fp contract(off)

// The number of pixels blended at a time; their temporary rows fit the first-level cache.
enum { chunk = 64 };

// The weight of every pixel as a share of 65535, repeated for each of its samples.
static void shares_of_opaque(
    const gesso_kernels_t *kernels, const uint8_t *weight, size_t count, int channels, uint16_t *shares) {
    uint8_t spread[3 * chunk];
    if (channels == 3) {
        kernels->gray_to_rgb(weight, spread, count);
        weight = spread;
    }
    for (size_t i = 0; i < count * (size_t)channels; i++) shares[i] = (uint16_t)(weight[i] * 257);
}

// For a target without alpha: the patch's alpha scales its weight.
static void shares_over(const uint8_t *weight, const uint8_t *patch, size_t count, uint16_t *shares) {
    for (size_t i = 0; i < count; i++) {
        uint32_t share = (uint32_t)weight[i] * patch[4 * i + 3];
        shares[3 * i] = shares[3 * i + 1] = shares[3 * i + 2] = (uint16_t)((share * 65535u + 32512) / 65025);
    }
}

// Premultiplied: colors count by weight and alpha. Where both are transparent, the target's share is 1.
static void shares_of_alpha(
    const uint8_t *weight, const uint8_t *patch, const uint8_t *own, size_t count, uint16_t *shares, uint8_t *alpha) {
    for (size_t i = 0; i < count; i++) {
        uint32_t theirs = (uint32_t)weight[i] * patch[4 * i + 3], ours = (255u - weight[i]) * own[4 * i + 3];
        uint32_t sum = theirs + ours;
        uint16_t share = sum ? (uint16_t)((theirs * 65535u + sum / 2) / sum) : 0;
        for (int c = 0; c < 4; c++) shares[4 * i + (size_t)c] = share;
        alpha[i] = (uint8_t)((sum + 127) / 255);
    }
}

static void blend(
    const gesso_kernels_t *kernels, uint8_t *target, const uint8_t *patch, const uint8_t *weight, size_t count,
    int channels, int patch_channels) {
    uint16_t shares[4 * chunk];
    uint8_t other[3 * chunk];
    while (count > 0) {
        size_t part = count < chunk ? count : chunk;
        if (channels == 4) {
            shares_of_alpha(weight, patch, target, part, shares, other);
            kernels->blend_light(target, patch, shares, 4 * part);
            for (size_t i = 0; i < part; i++) target[4 * i + 3] = other[i];
        } else if (patch_channels == 4) {
            shares_over(weight, patch, part, shares);
            kernels->rgba_to_rgb(patch, other, part);
            kernels->blend_light(target, other, shares, 3 * part);
        } else {
            shares_of_opaque(kernels, weight, part, channels, shares);
            kernels->blend_light(target, patch, shares, (size_t)channels * part);
        }
        target += part * (size_t)channels;
        patch += part * (size_t)patch_channels;
        weight += part;
        count -= part;
    }
}

// Whether any byte of the word is 0 (Mycroft's test).
static int has_zero(uint64_t word) {
    return ((word - 0x0101010101010101u) & ~word & 0x8080808080808080u) != 0;
}

// The number of weights at the start that are neither 0 nor 255.
static size_t partial_length(const uint8_t *weight, size_t count) {
    size_t i = 0;
    for (uint64_t word; i + 8 <= count; i += 8) {
        memcpy(&word, weight + i, 8);
        if (has_zero(word) || has_zero(~word)) break;
    }
    while (i < count && weight[i] != 0 && weight[i] != 255) i++;
    return i;
}

void gesso_composite8(
    uint8_t *target, const uint8_t *patch, const uint8_t *weight, size_t count, int channels, int patch_channels) {
    const gesso_kernels_t *kernels = gesso_kernels();
    for (size_t i = 0; i < count;) {
        uint8_t *own = target + i * (size_t)channels;
        const uint8_t *other = patch + i * (size_t)patch_channels;
        size_t run;
        // Most of a mask consists of runs of 0 or 255.
        if (weight[i] == 0) {
            run = kernels->run_length(weight + i, 0, count - i);
        } else if (weight[i] == 255) {
            run = kernels->run_length(weight + i, 255, count - i);
            if (channels == patch_channels) {
                memcpy(own, other, run * (size_t)channels);
            } else if (kernels->is_opaque(other, run)) {
                kernels->rgba_to_rgb(other, own, run);
            } else {
                blend(kernels, own, other, weight + i, run, channels, patch_channels);
            }
        } else {
            run = partial_length(weight + i, count - i);
            blend(kernels, own, other, weight + i, run, channels, patch_channels);
        }
        i += run;
    }
}

// The 16-bit sample of linear light 0…1: from the 8-bit one, which is less than a level off, in two steps of Newton's
// method along the table.
static uint16_t sample16_of(float light, const float *decode) {
    int32_t sample = (int32_t)sample_of((uint32_t)(light * 65535.0f + 0.5f)) * 257;
    for (int step = 0; step < 2; step++) {
        int32_t next = sample < 65535 ? sample : 65534;
        float exact = (float)next + (light - decode[next]) / (decode[next + 1] - decode[next]);
        sample = exact <= 0 ? 0 : exact >= 65535.0f ? 65535 : (int32_t)(exact + 0.5f);
    }
    return (uint16_t)sample;
}

static void mix16(uint16_t *own, const uint16_t *other, int channels, float share, const float *decode) {
    for (int c = 0; c < channels; c++) {
        if (own[c] == other[c]) continue;
        float light = decode[own[c]] + (decode[other[c]] - decode[own[c]]) * share;
        own[c] = sample16_of(light < 0 ? 0 : light > 1 ? 1 : light, decode);
    }
}

void gesso_composite16(
    uint16_t *target, const uint16_t *patch, const uint8_t *weight, size_t count, int channels, int patch_channels,
    const float *decode) {
    for (size_t i = 0; i < count; i++, target += channels, patch += patch_channels) {
        uint32_t w = weight[i];
        if (w == 0) continue;
        if (w == 255 && (patch_channels == channels || patch[3] == 65535)) {
            memcpy(target, patch, (size_t)channels * 2);
        } else if (channels == 4) {
            uint32_t theirs = w * patch[3], ours = (255 - w) * target[3], sum = theirs + ours;
            if (sum == 0) continue;
            mix16(target, patch, 3, (float)theirs / (float)sum, decode);
            target[3] = (uint16_t)((sum + 127) / 255);
        } else {
            uint32_t share = w * (patch_channels == 4 ? patch[3] : 65535u);
            mix16(target, patch, channels, (float)share / (255.0f * 65535.0f), decode);
        }
    }
}
