// libjpeg's sources and destinations in memory, and its progress monitor.

#include "jpeg_stream.h"

#include <gesso_buffer.h>
#include <stdlib.h>

static void on_reading_start(j_decompress_ptr codec) { (void)codec; }
static void on_reading_end(j_decompress_ptr codec) { (void)codec; }

static boolean on_refill(j_decompress_ptr codec) {
    static const uint8_t end_of_image[2] = {0xff, JPEG_EOI};
    gesso_jpeg_warn_of_end(codec);
    codec->src->next_input_byte = end_of_image;
    codec->src->bytes_in_buffer = 2;
    return TRUE;
}

static void on_skip(j_decompress_ptr codec, long count) {
    if (count <= 0) return;
    if ((size_t)count > codec->src->bytes_in_buffer) {
        on_refill(codec);
        return;
    }
    codec->src->next_input_byte += count;
    codec->src->bytes_in_buffer -= (size_t)count;
}

void gesso_jpeg_source_set(gesso_jpeg_source *source, j_decompress_ptr codec, const uint8_t *data, size_t count) {
    source->base.init_source = on_reading_start;
    source->base.fill_input_buffer = on_refill;
    source->base.skip_input_data = on_skip;
    source->base.resync_to_restart = jpeg_resync_to_restart;
    source->base.term_source = on_reading_end;
    source->base.next_input_byte = data;
    source->base.bytes_in_buffer = count;
    codec->src = &source->base;
}

static void offer_space(gesso_jpeg_destination *destination) {
    destination->base.next_output_byte = destination->bytes + destination->count;
    destination->base.free_in_buffer = destination->capacity - destination->count;
}

static void on_writing_start(j_compress_ptr codec) { offer_space((gesso_jpeg_destination *)codec->dest); }

static boolean on_full(j_compress_ptr codec) {
    gesso_jpeg_destination *destination = (gesso_jpeg_destination *)codec->dest;
    // libjpeg calls this when the whole buffer is full, and does not update free_in_buffer.
    destination->count = destination->capacity;
    int fits = destination->capacity <= SIZE_MAX / 2;
    uint8_t *larger = fits ? gesso_buffer_grow(destination->bytes, destination->count, destination->capacity * 2) : NULL;
    if (!larger) gesso_jpeg_stop((j_common_ptr)codec, GESSO_CODEC_NO_MEMORY, "no memory for the file");
    destination->bytes = larger;
    destination->capacity *= 2;
    offer_space(destination);
    return TRUE;
}

static void on_writing_end(j_compress_ptr codec) {
    gesso_jpeg_destination *destination = (gesso_jpeg_destination *)codec->dest;
    destination->count = destination->capacity - destination->base.free_in_buffer;
}

int gesso_jpeg_destination_open(gesso_jpeg_destination *destination, size_t capacity) {
    destination->bytes = gesso_buffer_allocate(capacity, 0);
    destination->capacity = capacity;
    destination->count = 0;
    return destination->bytes != NULL;
}

void gesso_jpeg_destination_set(gesso_jpeg_destination *destination, j_compress_ptr codec) {
    destination->base.init_destination = on_writing_start;
    destination->base.empty_output_buffer = on_full;
    destination->base.term_destination = on_writing_end;
    codec->dest = &destination->base;
}

void gesso_jpeg_destination_close(gesso_jpeg_destination *destination, gesso_codec_output *output,
                                  const gesso_codec_report *report) {
    if (report->status != GESSO_CODEC_OK) {
        gesso_buffer_free(destination->bytes);
        destination->bytes = NULL;
        return;
    }
    output->bytes = gesso_buffer_fit(destination->bytes, destination->count);
    output->count = destination->count;
}

static void on_progress(j_common_ptr codec) { gesso_jpeg_progress_check((gesso_jpeg_progress *)codec->progress, codec); }

void gesso_jpeg_progress_set(gesso_jpeg_progress *progress, j_common_ptr codec) {
    progress->base.progress_monitor = on_progress;
    codec->progress = &progress->base;
}

void gesso_jpeg_progress_check(gesso_jpeg_progress *progress, j_common_ptr codec) {
    if (codec->is_decompressor && progress->maximum_scans > 0 &&
        ((j_decompress_ptr)codec)->input_scan_number > progress->maximum_scans)
        gesso_jpeg_stop(codec, GESSO_CODEC_LIMIT, "more scans than are allowed");
    gesso_codec_status status = gesso_watch_check(&progress->watch);
    if (status != GESSO_CODEC_OK) gesso_jpeg_stop(codec, status, gesso_watch_reason(status));
}
