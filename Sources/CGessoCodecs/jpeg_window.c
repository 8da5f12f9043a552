// Maps rows of a stored JPEG to those of a window of the upright image.

#include "jpeg_window.h"

#include <gesso_statistics.h>

#pragma STDC FP_CONTRACT OFF

// EXIF 2.32, 4.6.4 A: the stored image is mirrored, then its axes are exchanged.

static int mirrors_x(int orientation) {
    return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
}

static int mirrors_y(int orientation) {
    return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
}

static int swaps(int orientation) { return orientation >= 5; }

typedef struct {
    uint32_t left, top, right, bottom;
} bounds;

/// The bounding box of all weights above 0, in the upright window; `bottom` is 0 if there are none.
static bounds weighted(const gesso_jpeg_replacement *replacement) {
    bounds found = {replacement->width, replacement->height, 0, 0};
    for (uint32_t y = 0; y < replacement->height; y++) {
        const uint8_t *row = replacement->weights + (size_t)y * replacement->weights_per_row;
        uint32_t right = (uint32_t)gesso_last_nonzero(row, replacement->width);
        if (right == 0) continue;
        uint32_t left = (uint32_t)gesso_first_nonzero(row, replacement->width);
        if (found.bottom == 0) found.top = y;
        found.bottom = y + 1;
        if (left < found.left) found.left = left;
        if (right > found.right) found.right = right;
    }
    return found;
}

/// The address of stored pixel (0, 0) in the window, and the steps from it.
static void set_steps(const gesso_jpeg_replacement *replacement, uint32_t width, uint32_t height, size_t bytes_per_row,
                      int bytes_per_pixel, ptrdiff_t *origin, ptrdiff_t *step_x, ptrdiff_t *step_y) {
    int orientation = replacement->orientation;
    ptrdiff_t row = (ptrdiff_t)bytes_per_row, pixel = bytes_per_pixel;
    ptrdiff_t along_x = swaps(orientation) ? row : pixel, along_y = swaps(orientation) ? pixel : row;
    *origin = -(ptrdiff_t)replacement->top * row - (ptrdiff_t)replacement->left * pixel;
    if (mirrors_x(orientation)) *origin += (ptrdiff_t)(width - 1) * along_x;
    if (mirrors_y(orientation)) *origin += (ptrdiff_t)(height - 1) * along_y;
    *step_x = mirrors_x(orientation) ? -along_x : along_x;
    *step_y = mirrors_y(orientation) ? -along_y : along_y;
}

int gesso_jpeg_window_open(gesso_jpeg_window *window, const gesso_jpeg_replacement *replacement, uint32_t stored_width,
                           uint32_t stored_height) {
    int orientation = replacement->orientation;
    if (orientation < 1 || orientation > 8) return 0;
    uint64_t upright_width = swaps(orientation) ? stored_height : stored_width;
    uint64_t upright_height = swaps(orientation) ? stored_width : stored_height;
    if ((uint64_t)replacement->left + replacement->width > upright_width ||
        (uint64_t)replacement->top + replacement->height > upright_height)
        return 0;
    *window = (gesso_jpeg_window){
        .pixels = replacement->pixels, .weights = replacement->weights, .channels = replacement->channels};
    set_steps(replacement, stored_width, stored_height, replacement->bytes_per_row, replacement->channels,
              &window->pixel_origin, &window->pixel_step_x, &window->pixel_step_y);
    set_steps(replacement, stored_width, stored_height, replacement->weights_per_row, 1, &window->weight_origin,
              &window->weight_step_x, &window->weight_step_y);
    bounds found = weighted(replacement);
    if (found.bottom == 0) return 1;
    bounds upright = {replacement->left + found.left, replacement->top + found.top, replacement->left + found.right,
                      replacement->top + found.bottom};
    bounds stored = upright;
    if (swaps(orientation)) stored = (bounds){upright.top, upright.left, upright.bottom, upright.right};
    window->left = mirrors_x(orientation) ? stored_width - stored.right : stored.left;
    window->right = mirrors_x(orientation) ? stored_width - stored.left : stored.right;
    window->top = mirrors_y(orientation) ? stored_height - stored.bottom : stored.top;
    window->bottom = mirrors_y(orientation) ? stored_height - stored.top : stored.bottom;
    return 1;
}

gesso_jpeg_box_sum gesso_jpeg_window_sum(const gesso_jpeg_window *window, const gesso_jpeg_mix *mix, uint32_t left,
                                         uint32_t top, uint32_t right, uint32_t bottom) {
    gesso_jpeg_box_sum result = {0, 0, 0};
    if (left < window->left) left = window->left;
    if (top < window->top) top = window->top;
    if (right > window->right) right = window->right;
    if (bottom > window->bottom) bottom = window->bottom;
    for (uint32_t y = top; y < bottom; y++) {
        for (uint32_t x = left; x < right; x++) {
            uint8_t weight = window->weights[window->weight_origin + (ptrdiff_t)x * window->weight_step_x +
                                             (ptrdiff_t)y * window->weight_step_y];
            if (weight == 0) continue;
            const uint8_t *pixel = window->pixels + (window->pixel_origin + (ptrdiff_t)x * window->pixel_step_x +
                                                     (ptrdiff_t)y * window->pixel_step_y);
            float green = pixel[window->channels == 3 ? 1 : 0], blue = pixel[window->channels == 3 ? 2 : 0];
            result.sum += mix->red * pixel[0] + mix->green * green + mix->blue * blue + mix->offset;
            result.weight += (float)weight * (1.0f / 255);
            result.count++;
        }
    }
    return result;
}
