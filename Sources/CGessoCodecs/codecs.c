#include "gesso_codecs.h"
