#include "gesso_register.h"

#include <math.h>
#include <string.h>

// One set of bits on every machine: no fused multiply-add.
#pragma clang fp contract(off)

/// Weights of the Catmull-Rom cubic (a = -1/2) and of its derivative at `t` in 0...1 between the two middle taps.
static inline void cubic(double t, double value[4], double slope[4]) {
    double t2 = t * t, t3 = t2 * t;
    value[0] = 0.5 * (-t + 2 * t2 - t3);
    value[1] = 0.5 * (2 - 5 * t2 + 3 * t3);
    value[2] = 0.5 * (t + 4 * t2 - 3 * t3);
    value[3] = 0.5 * (-t2 + t3);
    slope[0] = 0.5 * (-1 + 4 * t - 3 * t2);
    slope[1] = 0.5 * (-10 * t + 9 * t2);
    slope[2] = 0.5 * (1 + 8 * t - 9 * t2);
    slope[3] = 0.5 * (-2 * t + 3 * t2);
}

void gesso_alignment_sums(gesso_plane_t reference, gesso_plane_t moved, const uint8_t *keep, size_t keep_stride,
                          gesso_region_t region, gesso_motion_t motion, double gain, double offset, double limit,
                          gesso_alignment_sums_t *sums) {
    memset(sums, 0, sizeof *sums);
    for (int32_t y = region.top; y < region.bottom; y += region.step) {
        double v = (y - motion.centre_y) * motion.scale + motion.centre_y + motion.shift_y;
        double row = floor(v);
        if (!(row >= 1 && row < moved.height - 2)) continue;
        double wy[4], sy[4];
        cubic(v - row, wy, sy);
        const uint8_t *rows = moved.pixels + ((size_t)row - 1) * moved.stride;
        for (int32_t x = region.left; x < region.right; x += region.step) {
            if (keep && keep[(size_t)y * keep_stride + (size_t)x] != 255) continue;
            double u = (x - motion.centre_x) * motion.scale + motion.centre_x + motion.shift_x;
            double column = floor(u);
            if (!(column >= 1 && column < moved.width - 2)) continue;
            double wx[4], sx[4];
            cubic(u - column, wx, sx);
            const uint8_t *pixel = rows + (size_t)column - 1;
            double value = 0, gx = 0, gy = 0;
            for (int j = 0; j < 4; j++) {
                const uint8_t *tap = pixel + (size_t)j * moved.stride;
                double line = wx[0] * tap[0] + wx[1] * tap[1] + wx[2] * tap[2] + wx[3] * tap[3];
                double slope = sx[0] * tap[0] + sx[1] * tap[1] + sx[2] * tap[2] + sx[3] * tap[3];
                value += wy[j] * line;
                gy += sy[j] * line;
                gx += wy[j] * slope;
            }
            double s = reference.pixels[(size_t)y * reference.stride + (size_t)x];
            double residual = fabs(gain * s + offset - value);
            double weight = residual <= limit ? 1 : limit / residual;
            double a[5] = {gx, gy, gx * (x - motion.centre_x) + gy * (y - motion.centre_y), -s, -1};
            for (int i = 0; i < 5; i++) {
                double wa = weight * a[i];
                for (int k = i; k < 5; k++) sums->matrix[i][k] += wa * a[k];
                sums->target[i] -= wa * value;
            }
            sums->absolute_residual += residual;
            sums->reference_sum += s;
            sums->reference_square += s * s;
            sums->moved_sum += value;
            sums->moved_square += value * value;
            sums->product_sum += s * value;
            sums->count++;
        }
    }
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < i; k++) sums->matrix[i][k] = sums->matrix[k][i];
}

int gesso_structure_tensor(gesso_plane_t plane, const uint8_t *keep, size_t keep_stride, gesso_region_t region,
                           int64_t tensor[3]) {
    int64_t xx = 0, xy = 0, yy = 0;
    for (int32_t y = region.top; y < region.bottom; y += region.step) {
        const uint8_t *row = plane.pixels + (size_t)y * plane.stride;
        for (int32_t x = region.left; x < region.right; x += region.step) {
            if (keep && keep[(size_t)y * keep_stride + (size_t)x] != 255) return 0;
            int32_t gx = (int32_t)row[x + 1] - row[x - 1];
            int32_t gy = (int32_t)row[(size_t)x + plane.stride] - (row - plane.stride)[x];
            xx += gx * gx;
            xy += gx * gy;
            yy += gy * gy;
        }
    }
    tensor[0] = xx;
    tensor[1] = xy;
    tensor[2] = yy;
    return 1;
}
