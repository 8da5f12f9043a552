// Writes one coded image as a new HEIF file. libheif reads only such files, never those from outside.

#include "heif_file.h"

#include <gesso_buffer.h>
#include <string.h>

// ISO/IEC 14496-12 and 23008-12: ftyp, meta (hdlr, pitm, iloc, iinf, iprp), mdat.

typedef struct {
    uint8_t *bytes;
    size_t count;
} writer;

/// Writes an integer of `width` bytes, the highest first.
static void number(writer *out, uint32_t value, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) out->bytes[out->count++] = (uint8_t)(value >> shift);
}

static void bytes(writer *out, const void *from, size_t count) {
    if (count) memcpy(out->bytes + out->count, from, count);
    out->count += count;
}

/// Writes the head of a box and returns where it begins; `end_box` sets its length.
static size_t begin_box(writer *out, const char *type) {
    size_t start = out->count;
    number(out, 0, 4);
    bytes(out, type, 4);
    return start;
}

static size_t begin_full_box(writer *out, const char *type, uint32_t version) {
    size_t start = begin_box(out, type);
    number(out, version << 24, 4);
    return start;
}

static void end_box(writer *out, size_t start) {
    writer length = {out->bytes + start, 0};
    number(&length, (uint32_t)(out->count - start), 4);
}

static void write_properties(writer *out, const gesso_heif_coded *coded) {
    size_t properties = begin_box(out, "iprp"), all = begin_box(out, "ipco");
    size_t box = begin_full_box(out, "ispe", 0);
    number(out, coded->width, 4);
    number(out, coded->height, 4);
    end_box(out, box);
    box = begin_box(out, coded->codec == GESSO_HEIF_AV1 ? "av1C" : "hvcC");
    if (coded->codec == GESSO_HEIF_AV1) {
        // The configuration may end with OBUs, which are left out here: the units contain them.
        bytes(out, coded->configuration.bytes, 4);
    } else {
        // Without the parameter sets, since the units contain them; the lengths of units have four bytes.
        bytes(out, coded->configuration.bytes, 21);
        number(out, coded->configuration.bytes[21] | 3, 1);
        number(out, 0, 1);
    }
    end_box(out, box);
    if (coded->has_code_points) {
        box = begin_box(out, "colr");
        bytes(out, "nclx", 4);
        number(out, coded->primaries, 2);
        number(out, coded->transfer, 2);
        number(out, coded->matrix, 2);
        number(out, coded->is_full_range ? 0x80 : 0, 1);
        end_box(out, box);
    }
    end_box(out, all);
    box = begin_full_box(out, "ipma", 0);
    number(out, 1, 4);
    number(out, 1, 2);
    number(out, coded->has_code_points ? 3 : 2, 1);
    // The associations: ispe, the decoder configuration, which is marked essential, and colr.
    number(out, 1, 1);
    number(out, 0x82, 1);
    if (coded->has_code_points) number(out, 3, 1);
    end_box(out, box);
    end_box(out, properties);
}

uint8_t *gesso_heif_file(const gesso_heif_coded *coded, size_t *count) {
    // All boxes apart from the data take less than this.
    enum { tables = 1024 };
    const int is_av1 = coded->codec == GESSO_HEIF_AV1;
    if (coded->configuration.count < (is_av1 ? 4u : 23u)) return NULL;
    size_t data = 0;
    for (size_t i = 0; i < coded->unit_count; ++i) {
        size_t unit = coded->units[i].count + (is_av1 ? 0 : 4);
        if (unit > INT32_MAX - tables - data) return NULL;
        data += unit;
    }
    writer out = {gesso_buffer_allocate(tables + data, 0), 0};
    if (!out.bytes) return NULL;
    size_t box = begin_box(&out, "ftyp");
    bytes(&out, is_av1 ? "avif\0\0\0\0avifmif1" : "heic\0\0\0\0heicmif1", 16);
    end_box(&out, box);
    size_t meta = begin_full_box(&out, "meta", 0);
    box = begin_full_box(&out, "hdlr", 0);
    number(&out, 0, 4);
    bytes(&out, "pict", 4);
    // Reserved, and an empty name.
    for (int i = 0; i < 13; ++i) number(&out, 0, 1);
    end_box(&out, box);
    box = begin_full_box(&out, "pitm", 0);
    number(&out, 1, 2);
    end_box(&out, box);
    box = begin_full_box(&out, "iloc", 0);
    // Offsets and lengths of four bytes; one item with one extent, whose offset is set below.
    number(&out, 0x4400, 2);
    number(&out, 1, 2);
    number(&out, 1, 2);
    number(&out, 0, 2);
    number(&out, 1, 2);
    size_t offset = out.count;
    number(&out, 0, 4);
    number(&out, (uint32_t)data, 4);
    end_box(&out, box);
    box = begin_full_box(&out, "iinf", 0);
    number(&out, 1, 2);
    size_t entry = begin_full_box(&out, "infe", 2);
    number(&out, 1, 2);
    number(&out, 0, 2);
    bytes(&out, is_av1 ? "av01" : "hvc1", 5);
    end_box(&out, entry);
    end_box(&out, box);
    write_properties(&out, coded);
    end_box(&out, meta);
    box = begin_box(&out, "mdat");
    writer place = {out.bytes + offset, 0};
    number(&place, (uint32_t)out.count, 4);
    for (size_t i = 0; i < coded->unit_count; ++i) {
        if (!is_av1) number(&out, (uint32_t)coded->units[i].count, 4);
        bytes(&out, coded->units[i].bytes, coded->units[i].count);
    }
    end_box(&out, box);
    *count = out.count;
    return out.bytes;
}
