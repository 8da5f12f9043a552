// Reads the order of scans of a progressive JPEG, so that it can be written again in the same one.

#include "jpeg_script.h"

#include <string.h>

/// A scan header (T.81 B.2.3): its components by selector, then band and bit positions.
static int read_scan(const uint8_t *body, size_t count, j_decompress_ptr codec, jpeg_scan_info *scan) {
    if (count < 1) return 0;
    int components = body[0];
    if (components < 1 || components > MAX_COMPS_IN_SCAN || count != 4 + 2 * (size_t)components) return 0;
    scan->comps_in_scan = components;
    for (int i = 0; i < components; i++) {
        int found = -1;
        for (int index = 0; index < codec->num_components; index++)
            if (codec->comp_info[index].component_id == body[1 + 2 * i] && found < 0) found = index;
        // libjpeg requires the order of the frame.
        if (found < 0 || (i > 0 && found <= scan->component_index[i - 1])) return 0;
        scan->component_index[i] = found;
    }
    const uint8_t *band = body + 1 + 2 * components;
    scan->Ss = band[0];
    scan->Se = band[1];
    scan->Ah = band[2] >> 4;
    scan->Al = band[2] & 15;
    return 1;
}

/// T.81 G.1.1.1: a band in each scan, first bits before refinements; and every coefficient must be complete.
static int is_whole_progression(const jpeg_scan_info *scans, int count, int components) {
    int last_bit[MAX_COMPONENTS][DCTSIZE2];
    memset(last_bit, -1, sizeof last_bit);
    for (int i = 0; i < count; i++) {
        const jpeg_scan_info *scan = &scans[i];
        if (scan->Se > 63 || scan->Ss > scan->Se || scan->Ah > 10 || scan->Al > 10) return 0;
        if (scan->Ss == 0 ? scan->Se != 0 : scan->comps_in_scan != 1) return 0;
        for (int j = 0; j < scan->comps_in_scan; j++) {
            int *bits = last_bit[scan->component_index[j]];
            if (scan->Ss > 0 && bits[0] < 0) return 0;
            for (int k = scan->Ss; k <= scan->Se; k++) {
                if (bits[k] < 0 ? scan->Ah != 0 : scan->Ah != bits[k] || scan->Al != scan->Ah - 1) return 0;
                bits[k] = scan->Al;
            }
        }
    }
    for (int component = 0; component < components; component++)
        for (int k = 0; k < DCTSIZE2; k++)
            if (last_bit[component][k] != 0) return 0;
    return 1;
}

static int is_whole_sequence(jpeg_scan_info *scans, int count, int components) {
    int seen[MAX_COMPONENTS] = {0};
    for (int i = 0; i < count; i++) {
        scans[i].Ss = scans[i].Ah = scans[i].Al = 0;
        scans[i].Se = DCTSIZE2 - 1;
        for (int j = 0; j < scans[i].comps_in_scan; j++)
            if (seen[scans[i].component_index[j]]++) return 0;
    }
    for (int component = 0; component < components; component++)
        if (!seen[component]) return 0;
    return 1;
}

int gesso_jpeg_read_script(const uint8_t *data, size_t count, j_decompress_ptr codec, jpeg_scan_info *scans,
                           int capacity) {
    const uint8_t *at = data, *end = data + count;
    int found = 0;
    while (at < end && (at = memchr(at, 0xff, (size_t)(end - at))) && end - at >= 2) {
        uint8_t marker = at[1];
        if (marker == 0xff) {
            at += 1;
            continue;
        }
        at += 2;
        if (marker == 0xd9) break;
        // Stuffed zero, restart markers, TEM and SOI have no length (T.81 B.1.1.3).
        if (marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd8)) continue;
        if (end - at < 2) return 0;
        size_t length = (size_t)at[0] << 8 | at[1];
        if (length < 2 || length > (size_t)(end - at)) return 0;
        if (marker == 0xda) {
            if (found == capacity || !read_scan(at + 2, length - 2, codec, &scans[found])) return 0;
            found++;
        }
        at += length;
    }
    if (found == 0) return 0;
    int whole = codec->progressive_mode ? is_whole_progression(scans, found, codec->num_components)
                                        : is_whole_sequence(scans, found, codec->num_components);
    return whole ? found : 0;
}
