// Applies gain and offset of a tone match, compiled for AVX2.

#if defined(__x86_64__)
#include "kernel_sets.h"

#include <string.h>

#define TARGET GESSO_TARGET_AVX2
#define NAME gesso_tone_apply_avx2
#include "tone_apply.h"

#endif
