#ifndef GESSO_COMPOSITE_H
#define GESSO_COMPOSITE_H

#include <stddef.h>
#include <stdint.h>

// Composites a patch over an original by a weight of 0…255 for each pixel, in linear light. `target` is the original on
// entry and the result on return; bytes of weight 0 are not written. Patches have the target's depth. For three-channel
// targets `patch_channels` may be 4; the patch's alpha then scales its weight.

void gesso_composite8(
    uint8_t *target, const uint8_t *patch, const uint8_t *weight, size_t count, int channels, int patch_channels);

/// `decode` is the linear light 0…1 of each 16-bit sample.
void gesso_composite16(
    uint16_t *target, const uint16_t *patch, const uint8_t *weight, size_t count, int channels, int patch_channels,
    const float *decode);

#endif
