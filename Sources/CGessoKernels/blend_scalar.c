// Blending in linear light in plain C; see srgb.h.

#include "kernel_sets.h"
#include "srgb.h"

void gesso_blend_light_scalar(uint8_t *target, const uint8_t *patch, const uint16_t *shares, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t share = shares[i];
        // The two products lose up to a unit each, so one is given back.
        uint32_t light = light_high(light_of(patch[i]), share) + light_high(light_of(target[i]), 65535 - share) + 1;
        target[i] = (uint8_t)sample_of(light);
    }
}
