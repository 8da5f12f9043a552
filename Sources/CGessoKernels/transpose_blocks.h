// Transposes planes of 1-, 3- and 4-byte pixels in square blocks held in registers. The file that includes this
// defines SET, TARGET, the type `vec` of 16 bytes and the operations used here.

#define JOIN_NAMES(name, set) gesso_##name##_##set
#define JOIN(name, set) JOIN_NAMES(name, set)
#define KERNEL(name) JOIN(name, SET)

// In tiles of this side, the rows read and the rows written stay in the first-level cache.
enum { tile = 64 };

struct plane {
    const uint8_t *source;
    size_t source_stride, width, height;
    int flip_columns, flip_rows;
    uint8_t *target;
    size_t target_stride;
};

// The address of the row that source column x becomes, from the column where the block's rows begin.
static inline uint8_t *target_at(const struct plane *plane, size_t x, size_t y, size_t side, size_t bytes) {
    size_t row = plane->flip_rows ? plane->width - 1 - x : x;
    size_t column = plane->flip_columns ? plane->height - side - y : y;
    return plane->target + row * plane->target_stride + column * bytes;
}

// Source row i of a block, in the order of the target's pixels.
static inline const uint8_t *source_at(
    const struct plane *plane, size_t x, size_t y, size_t i, size_t side, size_t bytes) {
    return plane->source + (y + (plane->flip_columns ? side - 1 - i : i)) * plane->source_stride + x * bytes;
}

TARGET static inline void exchange4(vec p[4]) {
    vec a = v_zip_low32(p[0], p[2]), b = v_zip_high32(p[0], p[2]);
    vec c = v_zip_low32(p[1], p[3]), d = v_zip_high32(p[1], p[3]);
    p[0] = v_zip_low32(a, c);
    p[1] = v_zip_high32(a, c);
    p[2] = v_zip_low32(b, d);
    p[3] = v_zip_high32(b, d);
}

TARGET static void block4(const struct plane *plane, size_t x, size_t y) {
    vec pixels[4];
    for (size_t i = 0; i < 4; i++) pixels[i] = v_load(source_at(plane, x, y, i, 4, 4));
    exchange4(pixels);
    for (size_t i = 0; i < 4; i++) v_store(target_at(plane, x + i, y, 4, 4), pixels[i]);
}

TARGET static void block3(const struct plane *plane, size_t x, size_t y) {
    vec pixels[4];
    // 12 bytes of 16: the caller makes sure that the row continues.
    for (size_t i = 0; i < 4; i++) pixels[i] = v_spread3(v_load(source_at(plane, x, y, i, 4, 3)));
    exchange4(pixels);
    for (size_t i = 0; i < 4; i++) {
        uint8_t bytes[16];
        v_store(bytes, v_squeeze3(pixels[i]));
        memcpy(target_at(plane, x + i, y, 4, 3), bytes, 12);
    }
}

TARGET static void block1(const struct plane *plane, size_t x, size_t y) {
    vec a[16], b[16];
    for (size_t i = 0; i < 16; i++) a[i] = v_load(source_at(plane, x, y, i, 16, 1));
    // Four rounds of pairing i with i + 8 transpose the matrix.
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 8; i++) {
            b[2 * i] = v_zip_low8(a[i], a[i + 8]);
            b[2 * i + 1] = v_zip_high8(a[i], a[i + 8]);
        }
        memcpy(a, b, sizeof a);
    }
    for (size_t i = 0; i < 16; i++) v_store(target_at(plane, x + i, y, 16, 1), a[i]);
}

// A rectangle of the plane, pixel by pixel.
static void transpose_rest(const struct plane *plane, size_t bytes, size_t x0, size_t x1, size_t y0, size_t y1) {
    if (x0 >= x1 || y0 >= y1) return;
    size_t row = plane->flip_rows ? plane->width - x1 : x0, column = plane->flip_columns ? plane->height - y1 : y0;
    gesso_transpose_scalar(
        plane->source + y0 * plane->source_stride + x0 * bytes, plane->source_stride, x1 - x0, y1 - y0, bytes,
        plane->flip_columns, plane->flip_rows, plane->target + row * plane->target_stride + column * bytes,
        plane->target_stride);
}

void KERNEL(transpose)(
    const uint8_t *source, size_t source_stride, size_t width, size_t height, size_t bytes_per_pixel,
    int flip_columns, int flip_rows, uint8_t *target, size_t target_stride) {
    const struct plane plane = {
        source, source_stride, width, height, flip_columns, flip_rows, target, target_stride};
    void (*block)(const struct plane *, size_t, size_t) =
        bytes_per_pixel == 4 ? block4 : bytes_per_pixel == 3 ? block3 : bytes_per_pixel == 1 ? block1 : 0;
    const size_t side = bytes_per_pixel == 1 ? 16 : 4;
    if (!block) {
        transpose_rest(&plane, bytes_per_pixel, 0, width, 0, height);
        return;
    }
    // A block of three-byte pixels reads four bytes more than its own, which must be in the row.
    size_t columns = (bytes_per_pixel == 3 ? (width < 2 ? 0 : width - 2) : width) / side * side;
    size_t rows = height / side * side;
    for (size_t y0 = 0; y0 < rows; y0 += tile) {
        for (size_t x0 = 0; x0 < columns; x0 += tile) {
            for (size_t x = x0; x < x0 + tile && x < columns; x += side) {
                for (size_t y = y0; y < y0 + tile && y < rows; y += side) block(&plane, x, y);
            }
        }
    }
    transpose_rest(&plane, bytes_per_pixel, columns, width, 0, rows);
    transpose_rest(&plane, bytes_per_pixel, 0, width, rows, height);
}
