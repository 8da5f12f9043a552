#ifndef GESSO_PAGE_POOL_H
#define GESSO_PAGE_POOL_H

#include <stddef.h>

// Large blocks of memory for files and pixels, mapped from the system. On the heap, small allocations would be placed
// in the gap that a freed image leaves, so that the next image no longer fits and the heap grows: 38 MB after 300
// images of 2.5 MB, one at a time. A few freed blocks are kept for the next image, because the first access to new
// pages costs more time than decoding base64 into them. They never raise the peak: kept and used blocks together are at
// most as large as the used ones once were.

/// The smallest size for which a block is used.
#define GESSO_PAGE_POOL_MINIMUM ((size_t)256 << 10)
/// Block sizes are multiples of this.
#define GESSO_PAGE_POOL_GRAIN ((size_t)64 << 10)

/// A block of at least `wanted` bytes, page-aligned, or NULL if the allocation fails; `capacity` becomes its size. The
/// content is undefined unless `zeroed`.
void *gesso_page_pool_take(size_t wanted, int zeroed, size_t *capacity);

/// Records that a block in use has changed its size.
void gesso_page_pool_resized(size_t old_capacity, size_t new_capacity);

/// Frees a block, or keeps it for reuse.
void gesso_page_pool_return(void *piece, size_t capacity);

/// Returns the kept blocks to the system.
void gesso_page_pool_trim(void);

/// Memory for pixels, aligned to 64 bytes, or NULL if the allocation fails; from GESSO_PAGE_POOL_MINIMUM bytes on a block of
/// the pool. `capacity` is needed by gesso_pixels_free.
void *gesso_pixels_allocate(size_t byte_count, int zeroed, size_t *capacity);

void gesso_pixels_free(void *pixels, size_t capacity);

#endif
