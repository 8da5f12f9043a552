// Reads the quantized DCT coefficients of a JPEG with libjpeg.

#include "jpeg_layout.h"
#include "jpeg_stream.h"

#include <gesso_buffer.h>
#include <string.h>

typedef struct {
    struct jpeg_decompress_struct codec;
    gesso_jpeg_errors errors;
    gesso_jpeg_source source;
    gesso_jpeg_progress progress;
    uint8_t *bytes;
    size_t count;
} reading_run;

static void copy_blocks(reading_run *run, jvirt_barray_ptr *arrays, const gesso_jpeg_layout *layout) {
    j_decompress_ptr codec = &run->codec;
    uint8_t *to = run->bytes;
    for (int i = 0; i < layout->components; i++) {
        size_t row_bytes = (size_t)layout->blocks_across[i] * sizeof(JBLOCK);
        for (JDIMENSION y = 0; y < layout->blocks_down[i]; y++, to += row_bytes) {
            gesso_jpeg_progress_check(&run->progress, (j_common_ptr)codec);
            JBLOCKARRAY rows = codec->mem->access_virt_barray((j_common_ptr)codec, arrays[i], y, 1, FALSE);
            memcpy(to, rows[0], row_bytes);
        }
    }
}

static void read_all(reading_run *run, const uint8_t *data, size_t count, const gesso_jpeg_reading *reading,
                     gesso_jpeg_layout *layout) {
    j_decompress_ptr codec = &run->codec;
    if (setjmp(run->errors.jump)) return;
    jpeg_create_decompress(codec);
    if (reading->maximum_memory) codec->mem->max_memory_to_use = (long)reading->maximum_memory;
    gesso_jpeg_progress_set(&run->progress, (j_common_ptr)codec);
    gesso_jpeg_source_set(&run->source, codec, data, count);
    jpeg_read_header(codec, TRUE);
    gesso_jpeg_check_header(codec, &reading->header);
    jvirt_barray_ptr *arrays = jpeg_read_coefficients(codec);
    if (!arrays) gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_CORRUPT, "the decoder stopped");
    gesso_jpeg_check_scans(codec);
    gesso_jpeg_describe(codec, layout);
    for (int i = 0; i < layout->components; i++)
        run->count += (size_t)layout->blocks_across[i] * layout->blocks_down[i] * sizeof(JBLOCK);
    run->bytes = gesso_buffer_allocate(run->count, 0);
    if (!run->bytes) gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_NO_MEMORY, "no memory for the coefficients");
    copy_blocks(run, arrays, layout);
}

void gesso_jpeg_read_coefficients(const uint8_t *data, size_t count, const gesso_jpeg_reading *reading,
                                  const gesso_codec_watch *watch, gesso_jpeg_layout *layout,
                                  gesso_codec_output *output, gesso_codec_report *report) {
    gesso_report_reset(report);
    output->bytes = NULL;
    output->count = 0;
    reading_run run;
    memset(&run, 0, sizeof run);
    run.codec.err = gesso_jpeg_errors_start(&run.errors, report, reading->level);
    run.progress.watch = gesso_watch_start(watch);
    run.progress.maximum_scans = reading->maximum_scans;
    read_all(&run, data, count, reading, layout);
    jpeg_destroy_decompress(&run.codec);
    if (report->status != GESSO_CODEC_OK) {
        gesso_buffer_free(run.bytes);
        return;
    }
    output->bytes = run.bytes;
    output->count = run.count;
}
