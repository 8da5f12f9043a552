#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// The Swift side, see FuzzTargets/Target.swift.
int gesso_fuzz_choose(const char *name);
void gesso_fuzz_run(const uint8_t *bytes, size_t count);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    const char *name = getenv("GESSO_FUZZ_TARGET");
    if (name && gesso_fuzz_choose(name)) return 0;
    fprintf(stderr, "gesso-fuzz: set GESSO_FUZZ_TARGET to one of the targets; Scripts/fuzz does\n");
    exit(64);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    gesso_fuzz_run(bytes, count);
    return 0;
}
