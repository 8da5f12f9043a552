// The normal equations of a registration step, eight pixels at a time in single precision. Plain vector code, compiled
// once for the base instruction set and once for wider ones; without fused multiplications all give the same bits.
// The file that includes this defines TARGET and NAME.

#pragma clang fp contract(off)

typedef float lanes __attribute__((vector_size(32)));
typedef int32_t marks __attribute__((vector_size(32)));
typedef uint8_t bytes __attribute__((vector_size(8)));

enum {
    width_of_lanes = 8,
    /// The number of reference columns processed at a time, and the space for their positions in the moved image.
    strip = 64,
    strip_room = 112,
    /// The number of rows after which single-precision sums are added to double-precision ones.
    rows_at_once = 16,
    /// The upper triangle of the matrix, the target and the sum of squares of the moved image.
    sum_count = 21,
};

/// Weights of the Catmull-Rom cubic (a = -1/2) and of its derivative at `t`, 0...1 between the two middle taps.
static inline void cubic(double t, float value[4], float slope[4]) {
    double t2 = t * t, t3 = t2 * t;
    value[0] = (float)(0.5 * (-t + 2 * t2 - t3));
    value[1] = (float)(0.5 * (2 - 5 * t2 + 3 * t3));
    value[2] = (float)(0.5 * (t + 4 * t2 - 3 * t3));
    value[3] = (float)(0.5 * (-t2 + t3));
    slope[0] = (float)(0.5 * (-1 + 4 * t - 3 * t2));
    slope[1] = (float)(0.5 * (-10 * t + 9 * t2));
    slope[2] = (float)(0.5 * (1 + 8 * t - 9 * t2));
    slope[3] = (float)(0.5 * (-2 * t + 3 * t2));
}

/// The displacement of a reference coordinate.
static inline double moved_by(double position, double center, double scale, double shift) {
    return (position - center) * (scale - 1) + shift;
}

/// Eight pixels from `x` on; outside the row its first or last pixel is repeated.
TARGET static inline bytes eight_of(const uint8_t *row, int32_t x, int32_t width) {
    bytes result;
    if (x >= 0 && x + width_of_lanes <= width) {
        memcpy(&result, row + x, sizeof result);
    } else {
        for (int32_t i = 0; i < width_of_lanes; i++) {
            int32_t at = x + i < 0 ? 0 : x + i >= width ? width - 1 : x + i;
            result[i] = row[at];
        }
    }
    return result;
}

TARGET void NAME(const gesso_plane_t *reference_plane, const gesso_plane_t *moved_plane, const uint8_t *keep,
                 size_t keep_stride, const gesso_region_t *area, const gesso_motion_t *assumed, double gain,
                 double offset, double limit, gesso_alignment_sums_t *result) {
    const gesso_plane_t reference = *reference_plane, moved = *moved_plane;
    const gesso_region_t region = *area;
    const gesso_motion_t motion = *assumed;
    memset(result, 0, sizeof *result);
    // A strip's space suffices for scales close to 1; others are not valid registrations.
    if (!(motion.scale > 0.8 && motion.scale < 1.25)) return;
    const marks index = {0, 1, 2, 3, 4, 5, 6, 7};
    const lanes index_lanes = __builtin_convertvector(index, lanes);
    const lanes nearest = (lanes){0} + (float)limit;
    const float gain_of = (float)gain, offset_of = (float)offset, limit_of = (float)limit;
    double totals[sum_count] = {0};
    marks counts = {0};
    for (int32_t left = region.left; left < region.right; left += strip) {
        int32_t right = left + strip < region.right ? left + strip : region.right;
        // Lane i of a block is taken i columns from its first, as for scale 1: exact in its middle.
        double middle = (width_of_lanes - 1) / 2.0;
        double first_motion = moved_by(left + middle, motion.center_x, motion.scale, motion.shift_x);
        if (!(fabs(first_motion) < 1e8)) return;
        int32_t origin = left + (int32_t)floor(first_motion) - 1;
        lanes sums[sum_count] = {{0}};
        int32_t rows_summed = 0;
        float wx[4], sx[4];
        double weighed_for = NAN;
        for (int32_t y = region.top; y < region.bottom; y++) {
            double v = y + moved_by(y, motion.center_y, motion.scale, motion.shift_y);
            double row = floor(v);
            if (!(row >= 1 && row < moved.height - 2)) continue;
            float wy[4], sy[4];
            cubic(v - row, wy, sy);
            const uint8_t *taps = moved.pixels + ((size_t)row - 1) * moved.stride;
            // First along the columns, then along the row: value and vertical derivative of every column of the strip.
            float values[strip_room], slopes[strip_room];
            int32_t used = (int32_t)((right - left) * motion.scale) + 2 * width_of_lanes + 4;
            for (int32_t i = 0; i < used; i += width_of_lanes) {
                lanes value = {0}, slope = {0};
                for (int k = 0; k < 4; k++) {
                    bytes tap = eight_of(taps + (size_t)k * moved.stride, origin + i, moved.width);
                    lanes level = __builtin_convertvector(tap, lanes);
                    value += level * wy[k];
                    slope += level * sy[k];
                }
                memcpy(values + i, &value, sizeof value);
                memcpy(slopes + i, &slope, sizeof slope);
            }
            const uint8_t *own = reference.pixels + (size_t)y * reference.stride;
            const uint8_t *kept = keep ? keep + (size_t)y * keep_stride : 0;
            float dy = (float)(y - motion.center_y);
            for (int32_t x = left; x < right; x += width_of_lanes) {
                double motion_here = moved_by(x + middle, motion.center_x, motion.scale, motion.shift_x);
                int32_t column = x + (int32_t)floor(motion_here);
                marks is_used = (index < right - x) & (index >= 1 - column) & (index < moved.width - 2 - column);
                if (kept) {
                    marks coverage = __builtin_convertvector(eight_of(kept, x, reference.width), marks);
                    is_used &= coverage == 255;
                }
                counts -= is_used;
                // At scale 1 all blocks have the same weights.
                if (motion_here != weighed_for) cubic(motion_here - floor(motion_here), wx, sx);
                weighed_for = motion_here;
                lanes value = {0}, gx = {0}, gy = {0};
                for (int k = 0; k < 4; k++) {
                    lanes line, slope;
                    memcpy(&line, values + (column - 1 - origin + k), sizeof line);
                    memcpy(&slope, slopes + (column - 1 - origin + k), sizeof slope);
                    value += line * wx[k];
                    gx += line * sx[k];
                    gy += slope * wx[k];
                }
                lanes s = __builtin_convertvector(eight_of(own, x, reference.width), lanes);
                lanes residual = s * gain_of + offset_of - value;
                residual = (lanes)((marks)residual & 0x7FFFFFFF);
                marks is_far = residual > limit_of;
                residual = (lanes)(((marks)residual & is_far) | ((marks)nearest & ~is_far));
                lanes weight = (lanes)((marks)(limit_of / residual) & is_used);
                lanes growth = gx * (index_lanes + (float)(x - motion.center_x)) + gy * dy;
                lanes wgx = weight * gx, wgy = weight * gy, wgrowth = weight * growth, ws = weight * s;
                sums[0] += wgx * gx;
                sums[1] += wgx * gy;
                sums[2] += wgx * growth;
                sums[3] -= wgx * s;
                sums[4] -= wgx;
                sums[5] += wgy * gy;
                sums[6] += wgy * growth;
                sums[7] -= wgy * s;
                sums[8] -= wgy;
                sums[9] += wgrowth * growth;
                sums[10] -= wgrowth * s;
                sums[11] -= wgrowth;
                sums[12] += ws * s;
                sums[13] += ws;
                sums[14] += weight;
                sums[15] -= wgx * value;
                sums[16] -= wgy * value;
                sums[17] -= wgrowth * value;
                sums[18] += ws * value;
                sums[19] += weight * value;
                sums[20] += weight * value * value;
            }
            if (++rows_summed == rows_at_once || y + 1 == region.bottom) {
                for (int k = 0; k < sum_count; k++) {
                    for (int i = 0; i < width_of_lanes; i++) totals[k] += (double)sums[k][i];
                    sums[k] = (lanes){0};
                }
                rows_summed = 0;
            }
        }
        // The last rows may not have been added yet.
        for (int k = 0; k < sum_count; k++)
            for (int i = 0; i < width_of_lanes; i++) totals[k] += (double)sums[k][i];
    }
    const double *next = totals;
    for (int i = 0; i < 5; i++)
        for (int k = i; k < 5; k++) result->matrix[i][k] = result->matrix[k][i] = *next++;
    for (int i = 0; i < 5; i++) result->target[i] = *next++;
    result->moved_square = *next;
    for (int i = 0; i < width_of_lanes; i++) result->count += counts[i];
}
