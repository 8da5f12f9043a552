// Describes the components, sampling factors and quantizers of a JPEG from its headers.

#include "jpeg_layout.h"

#include "jpeg_stream.h"

#include <string.h>

typedef struct {
    struct jpeg_decompress_struct codec;
    gesso_jpeg_errors errors;
    gesso_jpeg_source source;
} layout_run;

static gesso_jpeg_colors colors_of(J_COLOR_SPACE space) {
    switch (space) {
    case JCS_GRAYSCALE: return GESSO_JPEG_GRAY;
    case JCS_RGB: return GESSO_JPEG_RGB;
    case JCS_YCbCr: return GESSO_JPEG_YCC;
    case JCS_CMYK:
    case JCS_YCCK: return GESSO_JPEG_INKS;
    default: return GESSO_JPEG_OTHER;
    }
}

void gesso_jpeg_describe(j_decompress_ptr codec, gesso_jpeg_layout *layout) {
    memset(layout, 0, sizeof *layout);
    layout->width = codec->image_width;
    layout->height = codec->image_height;
    layout->components = codec->num_components < 4 ? codec->num_components : 4;
    layout->colors = colors_of(codec->jpeg_color_space);
    layout->progressive = codec->progressive_mode;
    layout->arithmetic = codec->arith_code;
    layout->restart_interval = codec->restart_interval;
    for (int i = 0; i < layout->components; i++) {
        const jpeg_component_info *component = &codec->comp_info[i];
        layout->horizontal[i] = component->h_samp_factor;
        layout->vertical[i] = component->v_samp_factor;
        layout->blocks_across[i] = component->width_in_blocks;
        layout->blocks_down[i] = component->height_in_blocks;
        const JQUANT_TBL *table = component->quant_table;
        if (!table && component->quant_tbl_no >= 0 && component->quant_tbl_no < NUM_QUANT_TBLS)
            table = codec->quant_tbl_ptrs[component->quant_tbl_no];
        if (table) memcpy(layout->quantizers[i], table->quantval, sizeof layout->quantizers[i]);
    }
}

uint16_t gesso_jpeg_layout_quantizer(const gesso_jpeg_layout *layout, int component, int index) {
    return component >= 0 && component < 4 && index >= 0 && index < 64 ? layout->quantizers[component][index] : 0;
}

static void read_layout(layout_run *run, const uint8_t *data, size_t count, const gesso_codec_header *header,
                        gesso_jpeg_layout *layout) {
    if (setjmp(run->errors.jump)) return;
    jpeg_create_decompress(&run->codec);
    gesso_jpeg_source_set(&run->source, &run->codec, data, count);
    jpeg_read_header(&run->codec, TRUE);
    gesso_jpeg_check_header(&run->codec, header);
    gesso_jpeg_describe(&run->codec, layout);
}

void gesso_jpeg_read_layout(const uint8_t *data, size_t count, const gesso_codec_header *header,
                            gesso_jpeg_layout *layout, gesso_codec_report *report) {
    gesso_report_reset(report);
    memset(layout, 0, sizeof *layout);
    layout_run run;
    memset(&run, 0, sizeof run);
    run.codec.err = gesso_jpeg_errors_start(&run.errors, report, GESSO_LEVEL_STANDARD);
    read_layout(&run, data, count, header, layout);
    jpeg_destroy_decompress(&run.codec);
}
