#include "stream.h"

#include <string.h>
#include <zlib.h>

/// What a flaw does to a stream; the rest change bytes of a finished one.
enum {
    NO_FLAW, BAD_LENGTH_SYMBOL, BAD_DISTANCE_SYMBOL, TOO_MANY_LENGTHS, TOO_MANY_DISTANCES, INCOMPLETE_CODE,
    CROWDED_CODE, LONG_REPEAT, FAR_DISTANCE, BAD_BLOCK_TYPE, BAD_STORED_LENGTH, BAD_CHECKSUM, BAD_HEADER, CUT, FLIPPED,
    WRONG_COUNT,
};

typedef struct {
    random_source *random;
    zlib_stream *stream;
    size_t pitch, made, window;
    uint64_t bits;
    unsigned bit_count, flaw;
} stream_writer;

static void put_byte(zlib_stream *stream, unsigned byte) {
    if (stream->count < stream->capacity) stream->bytes[stream->count++] = (uint8_t)byte;
}

static void put(stream_writer *writer, unsigned value, unsigned count) {
    writer->bits |= (uint64_t)value << writer->bit_count;
    writer->bit_count += count;
    for (; writer->bit_count >= 8; writer->bit_count -= 8, writer->bits >>= 8)
        put_byte(writer->stream, (unsigned)(writer->bits & 255));
}

/// Huffman codes begin with their highest bit.
static void put_code(stream_writer *writer, unsigned code, unsigned length) {
    for (unsigned bit = length; bit-- > 0;) put(writer, code >> bit & 1, 1);
}

typedef struct {
    uint8_t lengths[320];
    uint16_t codes[320];
} huffman;

/// RFC 1951, 3.2.2.
static void number_codes(huffman *code, unsigned count) {
    unsigned counts[16] = {0}, next[16] = {0};
    for (unsigned i = 0; i < count; i++) counts[code->lengths[i]]++;
    counts[0] = 0;
    for (unsigned length = 1, value = 0; length < 16; length++)
        next[length] = value = (value + counts[length - 1]) << 1;
    for (unsigned i = 0; i < count; i++)
        if (code->lengths[i]) code->codes[i] = (uint16_t)next[code->lengths[i]]++;
}

/// Random complete code lengths of at most `limit` bits for the `used` symbols: leaves of a tree are split at random.
static void random_lengths(random_source *random, const uint16_t *used, unsigned used_count, unsigned limit,
                           uint8_t *lengths) {
    uint8_t leaves[320] = {1, 1};
    unsigned count = 2, deepens = random_below(random, 3) == 0;
    while (count < used_count) {
        // The deepest leaf, for long codes, or any.
        unsigned at = deepens && random_below(random, 4) ? count - 1 : random_below(random, count);
        if (leaves[at] >= limit) at = random_below(random, count);
        if (leaves[at] >= limit) continue;
        leaves[at]++;
        leaves[count++] = leaves[at];
    }
    for (unsigned i = count; i-- > 1;) {
        unsigned j = random_below(random, i + 1);
        uint8_t leaf = leaves[i];
        leaves[i] = leaves[j];
        leaves[j] = leaf;
    }
    for (unsigned i = 0; i < used_count; i++) lengths[used[i]] = leaves[i];
}

// MARK: Symbols

static const uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                         31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};

static unsigned distance_extra(unsigned slot) { return slot < 4 ? 0 : slot / 2 - 1; }
static unsigned distance_base(unsigned slot) { return slot < 2 ? slot + 1 : ((2u + slot % 2) << distance_extra(slot)) + 1; }

/// A literal when `length` is 0, else a copy.
typedef struct {
    uint16_t literal, length, distance;
} operation;

enum { MOST_OPERATIONS = 4000 };

static unsigned length_slot(unsigned length) {
    unsigned slot = 28;
    while (length < length_base[slot]) slot--;
    return slot;
}

static unsigned distance_slot(unsigned distance) {
    unsigned slot = 29;
    while (distance < distance_base(slot)) slot--;
    return slot;
}

static void make_literal(stream_writer *writer, operation *made, unsigned spread) {
    unsigned value = writer->made % writer->pitch == 0 ? random_below(writer->random, 5)
                                                       : random_below(writer->random, spread);
    *made = (operation){(uint16_t)value, 0, 0};
    writer->stream->rows[writer->made++] = (uint8_t)value;
}

/// Copies as far as no row gets a filter type that there is not; 0 when that is too short.
static int make_copy(stream_writer *writer, operation *made) {
    random_source *random = writer->random;
    size_t reach = writer->made < writer->window ? writer->made : writer->window;
    size_t left = writer->stream->row_count - writer->made;
    if (reach == 0 || left < 3) return 0;
    unsigned distance = 1 + random_below(random, random_below(random, 2) && reach > 16 ? 16 : (unsigned)reach);
    unsigned wanted = 3 + random_below(random, random_below(random, 3) ? 12 : 256), length = 0;
    uint8_t *to = writer->stream->rows + writer->made;
    for (; length < wanted && length < left; length++) {
        if ((writer->made + length) % writer->pitch == 0 && to[(ptrdiff_t)length - (ptrdiff_t)distance] > 4) break;
        to[length] = to[(ptrdiff_t)length - (ptrdiff_t)distance];
    }
    if (length < 3) return 0;
    *made = (operation){0, (uint16_t)length, (uint16_t)distance};
    writer->made += length;
    return 1;
}

static unsigned make_operations(stream_writer *writer, operation *made, unsigned most) {
    random_source *random = writer->random;
    unsigned spread = 1 + random_below(random, random_below(random, 2) ? 256 : 6), copies = random_below(random, 9);
    unsigned count = 0;
    while (count < most && writer->made < writer->stream->row_count) {
        if (random_below(random, 8) >= copies || !make_copy(writer, made + count))
            make_literal(writer, made + count, spread);
        count++;
    }
    return count;
}

static void put_operations(stream_writer *writer, const operation *made, unsigned count, const huffman *literals,
                           const huffman *distances) {
    for (unsigned i = 0; i < count; i++) {
        if (!made[i].length) {
            put_code(writer, literals->codes[made[i].literal], literals->lengths[made[i].literal]);
            continue;
        }
        unsigned length = made[i].length, slot = length_slot(length);
        // 258 has a code of its own, and may be written as 227 and 31, too.
        if (length == 258 && literals->lengths[257 + 27] && random_below(writer->random, 4) == 0) slot = 27;
        put_code(writer, literals->codes[257 + slot], literals->lengths[257 + slot]);
        put(writer, length - length_base[slot], length_extra[slot]);
        unsigned distance = made[i].distance;
        unsigned far = distance_slot(distance);
        put_code(writer, distances->codes[far], distances->lengths[far]);
        put(writer, distance - distance_base(far), distance_extra(far));
    }
    // Symbols that no stream may use.
    if (writer->flaw == BAD_LENGTH_SYMBOL && literals->lengths[286]) {
        put_code(writer, literals->codes[286 + random_below(writer->random, 2)], literals->lengths[286]);
        writer->flaw = NO_FLAW;
        put_code(writer, distances->codes[0], distances->lengths[0]);
    } else if ((writer->flaw == BAD_DISTANCE_SYMBOL || writer->flaw == FAR_DISTANCE) && distances->lengths[29]) {
        put_code(writer, literals->codes[257], literals->lengths[257]);
        unsigned slot = writer->flaw == FAR_DISTANCE ? 29 : 30 + random_below(writer->random, 2);
        put_code(writer, distances->codes[slot], distances->lengths[slot]);
        put(writer, random_below(writer->random, 8192), 13);
        writer->flaw = NO_FLAW;
    }
    put_code(writer, literals->codes[256], literals->lengths[256]);
}

// MARK: Blocks

static void put_stored(stream_writer *writer, int is_last) {
    size_t count = random_below(writer->random, 3) ? random_below(writer->random, 400) : 0;
    if (count > writer->stream->row_count - writer->made) count = writer->stream->row_count - writer->made;
    put(writer, (unsigned)is_last, 3);
    if (writer->bit_count) put(writer, random_below(writer->random, 2) ? 0 : (1u << (8 - writer->bit_count)) - 1, 8 - writer->bit_count);
    unsigned complement = ~(unsigned)count & 0xffff;
    if (writer->flaw == BAD_STORED_LENGTH) {
        complement ^= 1u << random_below(writer->random, 16);
        writer->flaw = NO_FLAW;
    }
    put(writer, (unsigned)count, 16);
    put(writer, complement, 16);
    for (size_t i = 0; i < count; i++) {
        operation ignored;
        make_literal(writer, &ignored, 256);
        put(writer, ignored.literal, 8);
    }
}

static void put_fixed(stream_writer *writer, operation *made, unsigned most, int is_last) {
    huffman literals, distances;
    for (unsigned i = 0; i < 288; i++) literals.lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    memset(distances.lengths, 5, 32);
    number_codes(&literals, 288);
    number_codes(&distances, 32);
    put(writer, (unsigned)is_last | 1 << 1, 3);
    put_operations(writer, made, make_operations(writer, made, most), &literals, &distances);
}

static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

/// The code lengths of a dynamic block, with runs where chance says so (RFC 1951, 3.2.7).
static void put_lengths(stream_writer *writer, const uint8_t *lengths, unsigned count) {
    random_source *random = writer->random;
    huffman code = {{0}, {0}};
    uint16_t all[19];
    for (unsigned i = 0; i < 19; i++) all[i] = (uint16_t)i;
    random_lengths(random, all, 19, 7, code.lengths);
    number_codes(&code, 19);
    put(writer, 15, 4);
    for (unsigned i = 0; i < 19; i++) put(writer, code.lengths[order[i]], 3);
    unsigned runs = random_below(random, 4);
    for (unsigned i = 0; i < count;) {
        unsigned run = 1, length = lengths[i];
        while (i + run < count && lengths[i + run] == length) run++;
        if (i > 0 && lengths[i - 1] == length && run >= 3 && runs & 1) {
            unsigned taken = run > 6 ? 6 : run, stated = taken;
            if (writer->flaw == LONG_REPEAT && i + taken == count && taken < 6) stated++, writer->flaw = NO_FLAW;
            put_code(writer, code.codes[16], code.lengths[16]);
            put(writer, stated - 3, 2);
            i += taken;
        } else if (length == 0 && run >= 3 && runs & 2) {
            unsigned symbol = run >= 11 ? 18 : 17, taken = symbol == 18 ? (run > 138 ? 138 : run) : (run > 10 ? 10 : run);
            unsigned stated = taken;
            if (writer->flaw == LONG_REPEAT && i + taken == count && taken < (symbol == 18 ? 138u : 10u))
                stated++, writer->flaw = NO_FLAW;
            put_code(writer, code.codes[symbol], code.lengths[symbol]);
            put(writer, stated - (symbol == 18 ? 11 : 3), symbol == 18 ? 7 : 3);
            i += taken;
        } else {
            put_code(writer, code.codes[length], code.lengths[length]);
            i++;
        }
    }
}

static void use(uint8_t *is_used, unsigned symbol, uint16_t *used, unsigned *count) {
    if (is_used[symbol]) return;
    is_used[symbol] = 1;
    used[(*count)++] = (uint16_t)symbol;
}

static void put_dynamic(stream_writer *writer, operation *made, unsigned most, int is_last) {
    random_source *random = writer->random;
    unsigned count = make_operations(writer, made, most);
    huffman literals = {{0}, {0}}, distances = {{0}, {0}};
    uint16_t used[320], used_distances[32];
    uint8_t is_used[320] = {0}, is_used_distance[32] = {0};
    unsigned used_count = 0, distance_count = 0;
    use(is_used, 256, used, &used_count);
    for (unsigned i = 0; i < count; i++) {
        if (!made[i].length) {
            use(is_used, made[i].literal, used, &used_count);
            continue;
        }
        use(is_used, 257 + length_slot(made[i].length), used, &used_count);
        unsigned distance = made[i].distance;
        use(is_used_distance, distance_slot(distance), used_distances, &distance_count);
    }
    // Symbols that do not occur may have codes as well.
    for (unsigned extra = random_below(random, 2) ? random_below(random, 30) : 0; extra > 0; extra--)
        use(is_used, random_below(random, 286), used, &used_count);
    unsigned flaw = writer->flaw, most_literals = 286, most_distances = 30;
    if (flaw == TOO_MANY_LENGTHS) most_literals = 287 + random_below(random, 2), writer->flaw = NO_FLAW;
    if (flaw == TOO_MANY_DISTANCES) most_distances = 31 + random_below(random, 2), writer->flaw = NO_FLAW;
    if (used_count < 2) use(is_used, random_below(random, 256), used, &used_count);
    random_lengths(random, used, used_count, 15, literals.lengths);
    // No distance code, one code of one bit, or a complete one.
    if (distance_count == 1 && random_below(random, 2)) {
        distances.lengths[used_distances[0]] = 1;
    } else if (distance_count > 0 || random_below(random, 2)) {
        for (unsigned extra = random_below(random, 4); extra > 0 || distance_count < 2; extra -= extra > 0)
            use(is_used_distance, random_below(random, 30), used_distances, &distance_count);
        random_lengths(random, used_distances, distance_count, 15, distances.lengths);
    }
    if (flaw == INCOMPLETE_CODE || flaw == CROWDED_CODE) {
        uint8_t *length = random_below(random, 2) ? literals.lengths + used[random_below(random, used_count)]
                          : distance_count ? distances.lengths + used_distances[random_below(random, distance_count)]
                                           : literals.lengths + 256;
        if (flaw == INCOMPLETE_CODE ? *length < 15 && *length > 0 : *length > 1)
            *length = (uint8_t)(*length + (flaw == INCOMPLETE_CODE ? 1 : -1));
        writer->flaw = NO_FLAW;
    }
    number_codes(&literals, 288);
    number_codes(&distances, 32);
    unsigned literal_count = most_literals, stated_distances = most_distances;
    if (random_below(random, 4)) {
        while (literal_count > 257 && !literals.lengths[literal_count - 1] && most_literals == 286) literal_count--;
        while (stated_distances > 1 && !distances.lengths[stated_distances - 1] && most_distances == 30) stated_distances--;
    }
    uint8_t all[320];
    memcpy(all, literals.lengths, literal_count);
    memcpy(all + literal_count, distances.lengths, stated_distances);
    put(writer, (unsigned)is_last | 2 << 1, 3);
    put(writer, literal_count - 257, 5);
    put(writer, stated_distances - 1, 5);
    put_lengths(writer, all, literal_count + stated_distances);
    put_operations(writer, made, count, &literals, &distances);
}

static void put_block(stream_writer *writer, operation *made, int is_last) {
    random_source *random = writer->random;
    unsigned most = random_below(random, 4) == 0 ? 0 : random_below(random, random_below(random, 6) ? 200 : MOST_OPERATIONS);
    unsigned kind = random_below(random, 4);
    if (writer->flaw == BAD_BLOCK_TYPE && random_below(random, 2)) {
        put(writer, 3 << 1, 3);
        writer->flaw = NO_FLAW;
    }
    if (kind == 0) put_stored(writer, is_last);
    else if (kind == 1) put_fixed(writer, made, most, is_last);
    else put_dynamic(writer, made, most, is_last);
}

void make_stream(random_source *random, zlib_stream *stream, size_t pitch, unsigned flaw) {
    static _Thread_local operation made[MOST_OPERATIONS];
    stream_writer writer = {.random = random, .stream = stream, .pitch = pitch, .flaw = flaw};
    unsigned window = random_below(random, 3) ? 7 : random_below(random, 8);
    writer.window = (size_t)1 << (window + 8);
    // Some distances reach further than the window says.
    if (random_below(random, 16) == 0) writer.window = 32768;
    stream->count = 0;
    size_t exact = stream->row_count;
    if (flaw == WRONG_COUNT) stream->row_count = random_below(random, 2) ? exact + 1 + random_below(random, 40) : exact - 1 - random_below(random, (unsigned)(exact < 40 ? exact : 40));
    unsigned method = flaw == BAD_HEADER && random_below(random, 2) ? random_below(random, 256) : 8 | window << 4;
    unsigned flags = flaw == BAD_HEADER ? random_below(random, 256) : random_below(random, 4) << 6;
    if (flaw != BAD_HEADER || random_below(random, 2)) flags += 31 - (method << 8 | flags) % 31;
    put_byte(stream, method);
    put_byte(stream, flags);
    while (writer.made < stream->row_count) put_block(&writer, made, 0);
    for (unsigned empties = random_below(random, 3); empties > 0; empties--) put_block(&writer, made, 0);
    put_block(&writer, made, 1);
    if (writer.bit_count) put(&writer, 0, 8 - writer.bit_count);
    uint32_t sum = (uint32_t)adler32(adler32(0, NULL, 0), stream->rows, (uInt)writer.made);
    if (flaw == BAD_CHECKSUM) sum ^= 1u << random_below(random, 32);
    for (unsigned shift = 32; shift > 0; shift -= 8) put_byte(stream, sum >> (shift - 8) & 255);
    if (flaw == CUT) stream->count = random_below(random, (unsigned)stream->count);
    if (flaw == FLIPPED) stream->bytes[random_below(random, (unsigned)stream->count)] ^= (uint8_t)(1u << random_below(random, 8));
    if (random_below(random, 24) == 0)
        for (unsigned extra = 1 + random_below(random, 20); extra > 0; extra--) put_byte(stream, random_below(random, 256));
    stream->row_count = exact;
}
