// Computes the coefficients of the blocks to replace from pixels, row of blocks by row of blocks.

#include "jpeg_replace.h"

#include "jpeg_block.h"

#include <gesso_buffer.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/// The state of one component.
typedef struct {
    j_decompress_ptr codec;
    jvirt_barray_ptr array;
    const jpeg_component_info *info;
    const gesso_jpeg_window *window;
    gesso_jpeg_mix mix;
    /// The pixels of the image for each sample, horizontally and vertically.
    uint32_t across, down;
    /// Whether decoders smooth the samples horizontally and vertically when they upsample them.
    int smooths_across, smooths_down;
    /// The first block column with replaced blocks, and one after the last.
    JDIMENSION first, end;
} component_run;

/// A block and its eight neighbors.
enum { around = 24, inner = 8 };

/// The new value of a sample: the number of its pixels inside the image, and of those in the window.
typedef struct {
    gesso_jpeg_box_sum new_pixels;
    int pixels;
} sample_plan;

/// RGB to YCbCr (JFIF 1.02), centered on 0.
static gesso_jpeg_mix mix_of(J_COLOR_SPACE space, int component) {
    if (space == JCS_YCbCr && component == 1) return (gesso_jpeg_mix){-0.168735892f, -0.331264108f, 0.5f, 0};
    if (space == JCS_YCbCr && component == 2) return (gesso_jpeg_mix){0.5f, -0.418687589f, -0.081312411f, 0};
    if (space == JCS_RGB)
        return (gesso_jpeg_mix){component == 0, component == 1, component == 2, -128};
    if (space == JCS_GRAYSCALE) return (gesso_jpeg_mix){1, 0, 0, -128};
    return (gesso_jpeg_mix){0.299f, 0.587f, 0.114f, -128};
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/// Computes the new samples of one block; returns how many of them have a pixel in the window.
static int plan_block(const component_run *run, JDIMENSION column, JDIMENSION row, sample_plan *plans) {
    uint32_t width = run->codec->image_width, height = run->codec->image_height;
    int touched = 0;
    for (uint32_t y = 0; y < DCTSIZE; y++) {
        uint32_t top = least((row * DCTSIZE + y) * run->down, height), bottom = least(top + run->down, height);
        for (uint32_t x = 0; x < DCTSIZE; x++) {
            uint32_t left = least((column * DCTSIZE + x) * run->across, width), right = least(left + run->across, width);
            sample_plan *plan = &plans[y * DCTSIZE + x];
            plan->pixels = (int)((right - left) * (bottom - top));
            plan->new_pixels = gesso_jpeg_window_sum(run->window, &run->mix, left, top, right, bottom);
            touched += plan->new_pixels.count > 0;
        }
    }
    return touched;
}

/// Decodes one block of the old image into its position among its neighbors.
static void decode_block(const component_run *run, JDIMENSION column, JDIMENSION row, float *samples) {
    j_decompress_ptr codec = run->codec;
    JBLOCKARRAY rows = codec->mem->access_virt_barray((j_common_ptr)codec, run->array, row, 1, FALSE);
    gesso_jpeg_block_decode(rows[0][column], run->info->quant_table->quantval, samples, around);
}

static void decode_neighbors(const component_run *run, JDIMENSION column, JDIMENSION row, float *samples) {
    for (int y = -1; y <= 1; y++) {
        for (int x = -1; x <= 1; x++) {
            int64_t at_x = (int64_t)column + x, at_y = (int64_t)row + y;
            if ((x == 0 && y == 0) || at_x < 0 || at_y < 0 || at_x >= run->info->width_in_blocks ||
                at_y >= run->info->height_in_blocks)
                continue;
            decode_block(run, (JDIMENSION)at_x, (JDIMENSION)at_y,
                         samples + (y + 1) * inner * around + (x + 1) * inner);
        }
    }
}

/// The old sample after upsampling and downsampling, with the weights 1, 6, 1 of libjpeg's triangle filter where
/// decoders smooth, and the edge repeated.
static float smoothed(const component_run *run, JDIMENSION column, JDIMENSION row, uint32_t x, uint32_t y,
                      const float *samples) {
    const float *here = samples + (inner + y) * around + inner + x;
    int has_left = column * DCTSIZE + x > 0, has_right = column * DCTSIZE + x + 1 < run->info->downsampled_width;
    int has_above = row * DCTSIZE + y > 0, has_below = row * DCTSIZE + y + 1 < run->info->downsampled_height;
    float lines[3];
    for (int line = -1; line <= 1; line++) {
        const float *at = here + ((line < 0 && has_above) || (line > 0 && has_below) ? line * around : 0);
        float left = at[has_left ? -1 : 0], right = at[has_right ? 1 : 0];
        lines[line + 1] = run->smooths_across ? (left + 6 * at[0] + right) / 8 : at[0];
    }
    return run->smooths_down ? (lines[0] + 6 * lines[1] + lines[2]) / 8 : lines[1];
}

/// Samples outside the image repeat the last new one, so that no bits are spent on an invisible edge.
static void extend(const component_run *run, JDIMENSION column, JDIMENSION row, const sample_plan *plans,
                   float *samples) {
    uint32_t width = least(run->info->downsampled_width - column * DCTSIZE, DCTSIZE);
    uint32_t height = least(run->info->downsampled_height - row * DCTSIZE, DCTSIZE);
    for (uint32_t y = 0; y < DCTSIZE; y++) {
        uint32_t from_y = least(y, height - 1);
        for (uint32_t x = 0; x < DCTSIZE; x++) {
            uint32_t from_x = least(x, width - 1);
            if ((from_x != x || from_y != y) && plans[from_y * DCTSIZE + from_x].new_pixels.count > 0)
                samples[(inner + y) * around + inner + x] = samples[(inner + from_y) * around + inner + from_x];
        }
    }
}

/// Encodes the new block; 0 if the old one stays.
static int make_block(const component_run *run, JDIMENSION column, JDIMENSION row, JCOEF *block) {
    sample_plan plans[DCTSIZE2];
    if (plan_block(run, column, row, plans) == 0) return 0;
    int keeps_some = 0, is_partial = 0;
    for (int i = 0; i < DCTSIZE2; i++) {
        const gesso_jpeg_box_sum *sum = &plans[i].new_pixels;
        keeps_some |= sum->count < plans[i].pixels || plans[i].pixels == 0;
        is_partial |= sum->count > 0 && sum->weight < (float)sum->count - 1e-3f;
    }
    int smooths = is_partial && (run->smooths_across || run->smooths_down);
    float old[around * around] = {0}, samples[around * around];
    if (keeps_some || smooths) decode_block(run, column, row, old + inner * around + inner);
    if (smooths) decode_neighbors(run, column, row, old);
    memcpy(samples, old, sizeof old);
    for (uint32_t y = 0; y < DCTSIZE; y++) {
        for (uint32_t x = 0; x < DCTSIZE; x++) {
            const sample_plan *plan = &plans[y * DCTSIZE + x];
            if (plan->new_pixels.count == 0) continue;
            float *sample = &samples[(inner + y) * around + inner + x];
            float kept = *sample, pixels = (float)plan->pixels;
            *sample = (plan->new_pixels.sum + (float)(plan->pixels - plan->new_pixels.count) * kept) / pixels;
            // Pixels of the old image in the blend were smoothed once by its decoder. Add the loss back in proportion
            // to their weight; otherwise every edit would blur the colors of the transition again.
            if (smooths)
                *sample += ((float)plan->new_pixels.count - plan->new_pixels.weight) / pixels *
                           (kept - smoothed(run, column, row, x, y, old));
        }
    }
    extend(run, column, row, plans, samples);
    gesso_jpeg_block_encode(samples + inner * around + inner, around, run->info->quant_table->quantval, block);
    return 1;
}

static void write_row(const component_run *run, JDIMENSION row, const JBLOCK *blocks, const uint8_t *is_new) {
    j_decompress_ptr codec = run->codec;
    JBLOCKARRAY rows = codec->mem->access_virt_barray((j_common_ptr)codec, run->array, row, 1, TRUE);
    for (JDIMENSION column = run->first; column < run->end; column++)
        if (is_new[column - run->first]) memcpy(rows[0][column], blocks[column - run->first], sizeof(JBLOCK));
}

static void replace_component(gesso_jpeg_replacing *work, component_run *run, gesso_jpeg_progress *progress) {
    const gesso_jpeg_window *window = run->window;
    uint32_t down = run->down * DCTSIZE;
    JDIMENSION top = window->top / down, bottom = (window->bottom + down - 1) / down;
    for (JDIMENSION row = top; row < bottom; row++) {
        gesso_jpeg_progress_check(progress, (j_common_ptr)run->codec);
        int turn = (int)(row & 1);
        for (JDIMENSION column = run->first; column < run->end; column++)
            work->is_new[turn][column - run->first] =
                (uint8_t)make_block(run, column, row, work->blocks[turn][column - run->first]);
        if (row > top) write_row(run, row - 1, work->blocks[1 - turn], work->is_new[1 - turn]);
    }
    if (bottom > top) write_row(run, bottom - 1, work->blocks[(bottom - 1) & 1], work->is_new[(bottom - 1) & 1]);
}

void gesso_jpeg_replacing_free(gesso_jpeg_replacing *work) {
    for (int i = 0; i < 2; i++) {
        gesso_buffer_free(work->blocks[i]);
        gesso_buffer_free(work->is_new[i]);
    }
}

static void allocate(gesso_jpeg_replacing *work, size_t blocks, j_common_ptr codec) {
    for (int i = 0; i < 2; i++) {
        work->blocks[i] = gesso_buffer_allocate(blocks * sizeof(JBLOCK), 0);
        work->is_new[i] = gesso_buffer_allocate(blocks, 1);
        if (!work->blocks[i] || !work->is_new[i])
            gesso_jpeg_stop(codec, GESSO_CODEC_NO_MEMORY, "no memory for a row of blocks");
    }
}

void gesso_jpeg_replace_blocks(gesso_jpeg_replacing *work, j_decompress_ptr codec, jvirt_barray_ptr *arrays,
                               const gesso_jpeg_window *window, gesso_jpeg_progress *progress) {
    if (window->right == 0) return;
    // No component has more blocks in a row than one for every eight pixels and those of a partial MCU.
    allocate(work, codec->image_width / DCTSIZE + 2 * MAX_SAMP_FACTOR, (j_common_ptr)codec);
    for (int i = 0; i < codec->num_components; i++) {
        const jpeg_component_info *info = &codec->comp_info[i];
        if (codec->max_h_samp_factor % info->h_samp_factor || codec->max_v_samp_factor % info->v_samp_factor)
            gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_UNSUPPORTED, "the chroma sampling is not a whole ratio");
        if (!info->quant_table)
            gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_CORRUPT, "a component has no data");
        component_run run = {
            .codec = codec, .array = arrays[i], .info = info, .window = window,
            .mix = mix_of(codec->jpeg_color_space, i),
            .across = (uint32_t)(codec->max_h_samp_factor / info->h_samp_factor),
            .down = (uint32_t)(codec->max_v_samp_factor / info->v_samp_factor)};
        // libjpeg's smooth upsampling, and that of other decoders, supports 2:1 and 2:2, and 1:2 since libjpeg-turbo
        // 2.0.
        int wide_enough = info->downsampled_width > 2;
        run.smooths_across = run.across == 2 && run.down <= 2 && wide_enough;
        run.smooths_down = run.down == 2 && (run.across == 1 || (run.across == 2 && wide_enough));
        run.first = window->left / (run.across * DCTSIZE);
        run.end = (window->right + run.across * DCTSIZE - 1) / (run.across * DCTSIZE);
        replace_component(work, &run, progress);
    }
}
