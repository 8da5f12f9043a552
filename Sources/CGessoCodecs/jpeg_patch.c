// Writes a JPEG again with some of its blocks replaced, as gesso_jpeg_patch.h says.

#include "gesso_jpeg_patch.h"

#include "jpeg_replace.h"
#include "jpeg_script.h"
#include "jpeg_stream.h"
#include "jpeg_window.h"

#include <string.h>

enum { script_capacity = 256 };

/// The state that changes after setjmp; it is in the caller's frame.
typedef struct {
    struct jpeg_decompress_struct source;
    struct jpeg_compress_struct target;
    gesso_jpeg_errors errors;
    gesso_jpeg_source input;
    gesso_jpeg_destination output;
    gesso_jpeg_progress reading, writing;
    gesso_jpeg_window window;
    gesso_jpeg_replacing work;
    jpeg_scan_info script[script_capacity];
} patch_run;

static void refuse(patch_run *run, gesso_codec_status status, const char *message) {
    gesso_jpeg_stop((j_common_ptr)&run->source, status, message);
}

static void check_header(patch_run *run, const gesso_jpeg_replacement *replacement) {
    switch (run->source.jpeg_color_space) {
    case JCS_GRAYSCALE:
        if (replacement->channels != 1) refuse(run, GESSO_CODEC_MISUSE, "the file is gray and the pixels are not");
        break;
    case JCS_RGB:
    case JCS_YCbCr:
        if (replacement->channels != 1 && replacement->channels != 3)
            refuse(run, GESSO_CODEC_MISUSE, "the pixels have neither one channel nor three");
        break;
    default: refuse(run, GESSO_CODEC_UNSUPPORTED, "blocks of CMYK cannot be replaced; encode the image again");
    }
    if (!gesso_jpeg_window_open(&run->window, replacement, run->source.image_width, run->source.image_height))
        refuse(run, GESSO_CODEC_MISUSE, "the window is not inside the image");
}

/// Damage that arithmetic decoding does not detect can leave values that arithmetic coding cannot represent, and
/// libjpeg writes them without an error. Huffman coding reports an error.
static void check_range(patch_run *run, jvirt_barray_ptr *arrays) {
    j_decompress_ptr source = &run->source;
    const JCOEF most = 16383;
    for (int i = 0; source->arith_code && i < source->num_components; i++) {
        const jpeg_component_info *component = &source->comp_info[i];
        for (JDIMENSION y = 0; y < component->height_in_blocks; y++) {
            gesso_jpeg_progress_check(&run->writing, (j_common_ptr)source);
            const JBLOCK *row =
                source->mem->access_virt_barray((j_common_ptr)source, arrays[i], y, 1, FALSE)[0];
            for (JDIMENSION x = 0; x < component->width_in_blocks; x++)
                for (int k = 0; k < DCTSIZE2; k++)
                    if (row[x][k] > most || row[x][k] < -most)
                        refuse(run, GESSO_CODEC_CORRUPT, "a coefficient is out of range");
        }
    }
}

/// Copies all settings that decide how the coefficients are written.
static void copy_settings(patch_run *run, const uint8_t *data, size_t count) {
    j_decompress_ptr source = &run->source;
    j_compress_ptr target = &run->target;
    jpeg_copy_critical_parameters(source, target);
    target->restart_interval = source->restart_interval;
    target->arith_code = source->arith_code;
    target->optimize_coding = !source->arith_code;
    int scans = gesso_jpeg_read_script(data, count, source, run->script, script_capacity);
    if (scans > 0) {
        target->scan_info = run->script;
        target->num_scans = scans;
    } else if (source->progressive_mode) {
        jpeg_simple_progression(target);
    }
}

/// An EXIF block with one entry, the orientation (EXIF 2.32, 4.5.4 and 4.6.4 A); none for an upright image.
static void write_orientation(j_compress_ptr codec, int orientation) {
    if (orientation == 1) return;
    const uint8_t segment[32] = {
        'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0,
        (uint8_t)orientation};
    jpeg_write_marker(codec, JPEG_APP0 + 1, segment, sizeof segment);
}

static void patch(patch_run *run, const uint8_t *data, size_t count, const gesso_jpeg_reading *reading,
                  const gesso_jpeg_replacement *replacement) {
    j_decompress_ptr source = &run->source;
    j_compress_ptr target = &run->target;
    if (setjmp(run->errors.jump)) return;
    jpeg_create_decompress(source);
    jpeg_create_compress(target);
    if (reading->maximum_memory) source->mem->max_memory_to_use = (long)reading->maximum_memory;
    gesso_jpeg_progress_set(&run->reading, (j_common_ptr)source);
    gesso_jpeg_source_set(&run->input, source, data, count);
    jpeg_read_header(source, TRUE);
    gesso_jpeg_check_header(source, &reading->header);
    check_header(run, replacement);
    jvirt_barray_ptr *arrays = jpeg_read_coefficients(source);
    if (!arrays) refuse(run, GESSO_CODEC_CORRUPT, "the decoder stopped");
    gesso_jpeg_check_scans(source);
    check_range(run, arrays);
    gesso_jpeg_replace_blocks(&run->work, source, arrays, &run->window, &run->writing);

    gesso_jpeg_progress_set(&run->writing, (j_common_ptr)target);
    gesso_jpeg_destination_set(&run->output, target);
    copy_settings(run, data, count);
    jpeg_write_coefficients(target, arrays);
    write_orientation(target, replacement->orientation);
    if (replacement->profile)
        jpeg_write_icc_profile(target, replacement->profile, (unsigned)replacement->profile_count);
    jpeg_finish_compress(target);
    jpeg_finish_decompress(source);
}

void gesso_jpeg_patch(const uint8_t *data, size_t count, const gesso_jpeg_reading *reading,
                      const gesso_jpeg_replacement *replacement, const gesso_codec_watch *watch,
                      gesso_codec_output *output, gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    patch_run run;
    memset(&run, 0, sizeof run);
    run.source.err = run.target.err = gesso_jpeg_errors_start(&run.errors, report, reading->level);
    run.reading.watch = gesso_watch_start(watch);
    run.reading.maximum_scans = reading->maximum_scans;
    // One time limit for the whole replacement.
    run.writing.watch = run.reading.watch;
    if (gesso_jpeg_destination_open(&run.output, count + count / 16 + 4096))
        patch(&run, data, count, reading, replacement);
    else
        gesso_report_fail(report, GESSO_CODEC_NO_MEMORY, "no memory for the file");
    jpeg_destroy_compress(&run.target);
    jpeg_destroy_decompress(&run.source);
    gesso_jpeg_replacing_free(&run.work);
    gesso_jpeg_destination_close(&run.output, output, report);
}
