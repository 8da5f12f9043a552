#ifndef GESSO_COMPOSITE_H
#define GESSO_COMPOSITE_H

#include <stddef.h>
#include <stdint.h>

// A patch laid into an original by a weight of 0…255 a pixel, blended in linear light. `target` holds the original on
// entry and the result on return; weight 0 leaves its bytes alone. Patches have the target's depth; for three-channel
// targets `patch_channels` may be 4, and the patch's alpha then lessens its weight.

void gesso_composite8(
    uint8_t *target, const uint8_t *patch, const uint8_t *weight, size_t count, int channels, int patch_channels);

/// `decode` is the linear light 0…1 of each 16-bit sample.
void gesso_composite16(
    uint16_t *target, const uint16_t *patch, const uint8_t *weight, size_t count, int channels, int patch_channels,
    const float *decode);

#endif
