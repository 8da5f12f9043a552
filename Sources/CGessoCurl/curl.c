#include "gesso_curl.h"
