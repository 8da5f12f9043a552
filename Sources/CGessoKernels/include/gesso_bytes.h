#ifndef GESSO_BYTES_H
#define GESSO_BYTES_H

#include <stddef.h>

// Memory for files that arrive: grows without a copy where the system can, and large pieces come from the system by
// themselves. On the heap, small objects settle in the gap that a picture of some MB leaves behind, the next picture does
// not fit any more, and the heap grows: 38 MB after 300 pictures of 2.5 MB, one at a time. One or two freed pieces are kept
// for the next picture, since memory fresh from the system costs more time to touch than base64 takes to decode.

/// Memory of at least `wanted` bytes with the first `used` bytes of the old, or NULL when there is none; the old is then
/// left as it was. `capacity` is the old one, 0 for none, and becomes the new one.
void *gesso_bytes_grow(void *bytes, size_t used, size_t *capacity, size_t wanted);

/// Gives back what lies far behind the first `used` bytes; they may move. `capacity` as above.
void *gesso_bytes_fit(void *bytes, size_t used, size_t *capacity);

void gesso_bytes_free(void *bytes, size_t capacity);

/// Gives the kept pieces back to the system.
void gesso_bytes_trim(void);

#endif
