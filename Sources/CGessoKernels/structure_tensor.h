// The structure tensor of a region, in code that the compiler vectorizes; compiled once for the base instruction set
// and once for wider ones. The file that includes this defines TARGET and STRUCTURE_TENSOR.

TARGET int STRUCTURE_TENSOR(const gesso_plane_t *plane, const uint8_t *keep, size_t keep_stride,
                            const gesso_region_t *region, int64_t tensor[3]) {
    tensor[0] = tensor[1] = tensor[2] = 0;
    for (int32_t y = region->top; y < region->bottom; y += 2) {
        if (keep) {
            const uint8_t *kept = keep + (size_t)y * keep_stride;
            uint8_t all = 255;
            for (int32_t x = region->left; x < region->right; x++) all &= kept[x];
            if (all != 255) return 0;
        }
        const uint8_t *row = plane->pixels + (size_t)y * plane->stride;
        const uint8_t *above = row - plane->stride, *below = row + plane->stride;
        int32_t xx = 0, xy = 0, yy = 0;
        for (int32_t x = region->left; x < region->right; x++) {
            int32_t gx = row[x + 1] - row[x - 1], gy = below[x] - above[x];
            xx += gx * gx;
            xy += gx * gy;
            yy += gy * gy;
        }
        tensor[0] += xx;
        tensor[1] += xy;
        tensor[2] += yy;
    }
    return 1;
}
