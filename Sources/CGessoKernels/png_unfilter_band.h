// Reverses the filters of LANES rows at once, as a wavefront: in each step lane r processes pixel x - r of row r, so
// the pixel above it is the result of the lane below in the previous step. Row by row, each pixel would have to wait
// for the previous one. Included by the files that set an instruction set, after png_vectors.h.

/// The predictor of each lane, as masks: Paeth of (left, 0, 0) is left and of (0, up, 0) is up, so omitting operands
/// gives all types but Average.
typedef struct {
    vec left, up, corner, average;
    int has_average;
} band_masks;

TARGET INLINE band_masks masks_of(const uint8_t *filtered, size_t pitch) {
    uint32_t left[LANES], up[LANES], corner[LANES], average[LANES];
    band_masks masks = {.has_average = 0};
    for (int r = 0; r < LANES; r++) {
        int type = filtered[(size_t)r * pitch];
        left[r] = type & 1 || type == 4 ? ~0u : 0;
        up[r] = type >= 2 ? ~0u : 0;
        corner[r] = type == 4 ? ~0u : 0;
        average[r] = type == 3 ? ~0u : 0;
        masks.has_average |= type == 3;
    }
    masks.left = v_load(left);
    masks.up = v_load(up);
    masks.corner = v_load(corner);
    masks.average = v_load(average);
    return masks;
}

/// With three bytes per pixel, also reads the next byte, whose value does not matter, since bytes are independent.
TARGET INLINE uint32_t pixel_or_more_at(const uint8_t *p, size_t pixel_bytes) {
    uint32_t value = 0;
    memcpy(&value, p, pixel_bytes == 3 ? 4 : pixel_bytes);
    return value;
}

TARGET INLINE uint32_t pixel_at(const uint8_t *p, size_t pixel_bytes) {
    uint32_t value = 0;
    memcpy(&value, p, pixel_bytes);
    return value;
}

/// LANES steps from pixel `x` of row 0 on; `left` and `corner` are the state before them.
TARGET INLINE void advance_block(const uint8_t *filtered, size_t pitch, size_t pixel_bytes, const uint8_t *above,
                                 uint8_t *pixels, size_t stride, size_t x, const band_masks *masks, int has_average,
                                 vec *left, vec *corner, vec block[LANES]) {
    uint32_t up_pixels[LANES];
    for (size_t r = 0; r < LANES; r++)
        block[r] = v_load_pixels(filtered + r * pitch + 1 + (x - r) * pixel_bytes, pixel_bytes);
    for (size_t s = 0; s < LANES; s++) up_pixels[s] = pixel_or_more_at(above + (x + s) * pixel_bytes, pixel_bytes);
    v_transpose(block);
    for (size_t s = 0; s < LANES; s++) {
        vec up = v_shift_lanes(*left, up_pixels[s]);
        vec a = v_and(*left, masks->left), b = v_and(up, masks->up);
        vec guess = v_paeth(a, b, v_and(*corner, masks->corner));
        if (has_average) guess = v_pick(masks->average, v_average(a, b), guess);
        *corner = up;
        *left = v_add(block[s], guess);
        block[s] = *left;
    }
    v_transpose(block);
}

/// From pixel LANES on, LANES steps at a time, while no lane accesses bytes after its row. Returns the first pixel of
/// row 0 that is left.
TARGET INLINE size_t wavefront(const uint8_t *filtered, size_t pitch, size_t width, size_t pixel_bytes,
                               const uint8_t *above, uint8_t *pixels, size_t stride, const band_masks *masks,
                               int has_average) {
    uint32_t lanes[LANES], corners[LANES];
    for (size_t r = 0; r < LANES; r++) {
        const uint8_t *row_above = r ? pixels + (r - 1) * stride : above;
        lanes[r] = pixel_at(pixels + r * stride + (LANES - 1 - r) * pixel_bytes, pixel_bytes);
        corners[r] = pixel_at(row_above + (LANES - 1 - r) * pixel_bytes, pixel_bytes);
    }
    vec left = v_load(lanes), corner = v_load(corners);
    size_t x = LANES;
    // A store of three-byte pixels writes four bytes too many, less than two pixels.
    for (; x + LANES + 2 <= width; x += LANES) {
        vec block[LANES];
        advance_block(filtered, pitch, pixel_bytes, above, pixels, stride, x, masks, has_average, &left, &corner, block);
        for (size_t r = 0; r < LANES; r++)
            v_store_pixels(pixels + r * stride + (x - r) * pixel_bytes, block[r], pixel_bytes);
    }
    return x;
}

TARGET INLINE void band_of_pixels(const uint8_t *filtered, size_t row_bytes, size_t pixel_bytes, const uint8_t *above,
                                  uint8_t *pixels, size_t stride) {
    size_t pitch = row_bytes + 1;
    band_masks masks = masks_of(filtered, pitch);
    // The triangles at the left and the right edge, row by row.
    for (size_t r = 0; r < LANES; r++)
        gesso_png_unfilter_span(filtered[r * pitch], filtered + r * pitch + 1, pixels + r * stride,
                                r ? pixels + (r - 1) * stride : above, 0, (LANES - r) * pixel_bytes, pixel_bytes);
    size_t width = row_bytes / pixel_bytes, x;
    if (masks.has_average)
        x = wavefront(filtered, pitch, width, pixel_bytes, above, pixels, stride, &masks, 1);
    else
        x = wavefront(filtered, pitch, width, pixel_bytes, above, pixels, stride, &masks, 0);
    for (size_t r = 0; r < LANES; r++)
        gesso_png_unfilter_span(filtered[r * pitch], filtered + r * pitch + 1, pixels + r * stride,
                                r ? pixels + (r - 1) * stride : above, (x - r) * pixel_bytes, row_bytes, pixel_bytes);
}

TARGET INLINE void band_dispatch(const uint8_t *filtered, size_t row_bytes, size_t pixel_bytes, const uint8_t *above,
                                 uint8_t *pixels, size_t stride) {
    switch (pixel_bytes) {
    case 1: band_of_pixels(filtered, row_bytes, 1, above, pixels, stride); break;
    case 2: band_of_pixels(filtered, row_bytes, 2, above, pixels, stride); break;
    case 3: band_of_pixels(filtered, row_bytes, 3, above, pixels, stride); break;
    default: band_of_pixels(filtered, row_bytes, 4, above, pixels, stride); break;
    }
}
