// Weighted sums of float samples, compiled for AVX2.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <string.h>

#define SET avx2
#define TARGET GESSO_TARGET_AVX2
#include "resample_float.h"

#endif
