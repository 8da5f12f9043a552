// The kernels of registration, compiled for AVX2.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <math.h>
#include <string.h>

#define TARGET GESSO_TARGET_AVX2
#define NAME gesso_alignment_sums_avx2
#define LUMINANCE gesso_luminance_avx2
#define STRUCTURE_TENSOR gesso_structure_tensor_avx2
#include "alignment_sums.h"
#include "luminance.h"
#include "structure_tensor.h"

#endif
