// The kernels of registration, compiled for every machine.

#include "kernel_sets.h"

#include <math.h>
#include <string.h>

#define TARGET
#define NAME gesso_alignment_sums_scalar
#define LUMINANCE gesso_luminance_scalar
#define STRUCTURE_TENSOR gesso_structure_tensor_scalar
#include "alignment_sums.h"
#include "luminance.h"
#include "structure_tensor.h"
