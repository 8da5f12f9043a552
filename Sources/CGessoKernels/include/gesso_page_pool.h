#ifndef GESSO_PAGE_POOL_H
#define GESSO_PAGE_POOL_H

#include <stddef.h>

// Large pieces of memory, for files and pixels, straight from the system. On the heap, small objects settle in the gap
// that an image of some MB leaves behind, the next image does not fit any more, and the heap grows: 38 MB after 300
// images of 2.5 MB, one at a time. A few freed pieces are kept for the next image, since memory fresh from the system
// costs more time to touch than base64 takes to decode; they never raise the peak: kept and used pieces together are at
// most as large as the used ones once were.

/// What is smaller is not worth a piece of its own.
#define GESSO_PIECE_LEAST ((size_t)256 << 10)
/// Pieces are multiples of this.
#define GESSO_PIECE_GRAIN ((size_t)64 << 10)

/// A piece of at least `wanted` bytes, aligned to a page, or NULL when there is none; `capacity` becomes its size. What
/// it holds is undefined, unless `zeroed`.
void *gesso_page_pool_take(size_t wanted, int zeroed, size_t *capacity);

/// Says that a piece which is in use has been grown or cut.
void gesso_page_pool_resized(size_t old_capacity, size_t new_capacity);

/// Takes a piece back: to keep it, or to give it to the system.
void gesso_page_pool_return(void *piece, size_t capacity);

/// Gives the kept pieces back to the system.
void gesso_page_pool_trim(void);

/// Memory for pixels, aligned to 64 bytes, or NULL when there is none; a piece from GESSO_PIECE_LEAST bytes on.
/// `capacity` is for gesso_pixels_free.
void *gesso_pixels_allocate(size_t byte_count, int zeroed, size_t *capacity);

void gesso_pixels_free(void *pixels, size_t capacity);

#endif
