#ifndef ALLOCATION_PEAK_H
#define ALLOCATION_PEAK_H

#include <stdint.h>

/// Counts, from now on, what this thread allocates and frees through malloc, operator new and anonymous mappings.
void allocation_peak_start(void);

/// The most bytes that were held at a time since the start, beyond what was held then. Ends the count.
int64_t allocation_peak_stop(void);

/// What this thread has used of the CPU, in nanoseconds.
int64_t allocation_peak_cpu(void);

#endif
