// Reads bits from input that comes in pieces.

#include "inflate_input.h"

void inflate_start(inflate_reader *reader, const gesso_inflate_source *source) {
    // Begins with an empty bridge, from which reading moves on to the first piece.
    *reader = (inflate_reader){.place = INFLATE_IN_BRIDGE, .source = source};
    reader->in = reader->end = reader->bridge;
}

static int should_stop(inflate_reader *reader, size_t count) {
    reader->taken += count;
    reader->since_stop += count;
    if (reader->since_stop < INFLATE_SLICE) return 0;
    reader->since_stop = 0;
    return reader->source->should_stop && reader->source->should_stop(reader->source->context);
}

/// Makes the piece readable from `index` on, at most one slice.
static int read_piece(inflate_reader *reader, size_t index) {
    size_t left = reader->piece_count - index, slice = left < INFLATE_SLICE ? left : INFLATE_SLICE;
    reader->place = INFLATE_IN_PIECE;
    reader->in = reader->piece + index;
    reader->end = reader->in + slice;
    return !should_stop(reader, slice);
}

/// Moves the bytes from INFLATE_UNREAD before `in` to the start of the bridge; returns their number.
static size_t keep_unread(inflate_reader *reader) {
    const uint8_t *start = reader->place == INFLATE_IN_PIECE ? reader->piece : reader->bridge;
    // A slice may end before its piece.
    if (reader->place == INFLATE_IN_PIECE) reader->end = reader->piece + reader->piece_count;
    size_t rest = (size_t)(reader->end - reader->in), before = (size_t)(reader->in - start);
    if (before > INFLATE_UNREAD) before = INFLATE_UNREAD;
    const uint8_t *kept = reader->in - before;
    if (reader->place == INFLATE_IN_PIECE) {
        reader->next = reader->piece_count;
        reader->piece_at = -(kept - reader->piece);
    } else {
        reader->piece_at -= kept - reader->bridge;
    }
    memmove(reader->bridge, kept, before + rest);
    reader->in = reader->bridge + before;
    return before + rest;
}

int inflate_advance(inflate_reader *reader) {
    if (reader->place == INFLATE_AT_END) return 0;
    if (reader->place == INFLATE_IN_PIECE) {
        size_t index = (size_t)(reader->in - reader->piece);
        if (reader->piece_count - index >= INFLATE_AHEAD) return read_piece(reader, index);
    } else {
        ptrdiff_t index = reader->in - reader->bridge - reader->piece_at;
        // Continue in the piece as soon as it also contains the bytes that may be returned.
        if (reader->piece && index >= INFLATE_UNREAD && (size_t)index + INFLATE_AHEAD <= reader->piece_count)
            return read_piece(reader, (size_t)index);
    }
    size_t filled = keep_unread(reader), kept = filled;
    reader->place = INFLATE_IN_BRIDGE;
    while (filled < INFLATE_BRIDGE) {
        if (reader->next == reader->piece_count) {
            if (!reader->source->next(reader->source->context, &reader->piece, &reader->piece_count)) {
                memset(reader->bridge + filled, 0, 2 * INFLATE_AHEAD);
                reader->place = INFLATE_AT_END;
                reader->last_count = filled;
                reader->end = reader->bridge + filled + 2 * INFLATE_AHEAD;
                return !should_stop(reader, filled - kept);
            }
            reader->next = 0;
            reader->piece_at = (ptrdiff_t)filled;
            continue;
        }
        size_t copied = INFLATE_BRIDGE - filled, left = reader->piece_count - reader->next;
        if (copied > left) copied = left;
        memcpy(reader->bridge + filled, reader->piece + reader->next, copied);
        reader->next += copied;
        filled += copied;
    }
    reader->end = reader->bridge + filled;
    return !should_stop(reader, filled - kept);
}
