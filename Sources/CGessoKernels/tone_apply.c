// Applies gain and offset of a tone match, compiled for every machine.

#include "kernel_sets.h"

#include <string.h>

#define TARGET
#define NAME gesso_tone_apply_scalar
#include "tone_apply.h"
