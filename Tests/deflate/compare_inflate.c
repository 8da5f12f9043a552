// Compares the PNG decoder with libpng on generated files: `compare_inflate COUNT [FIRST_SEED]`. Prints differing seeds
// and exits 1, or how many files were accepted and refused.

#include "deflate_differential.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    uint64_t runs = count > 1 ? strtoull(arguments[1], NULL, 10) : 2000000;
    uint64_t first = count > 2 ? strtoull(arguments[2], NULL, 10) : 0, results[3] = {0};
    for (uint64_t seed = first; seed < first + runs; seed++) {
        char reason[200] = "";
        differential_result result = differential_run(seed, reason);
        results[result]++;
        if (result == DIFFERENTIAL_DIFFERS && results[result] <= 20) printf("seed %llu: %s\n", (unsigned long long)seed, reason);
    }
    printf("%llu files: %llu accepted, %llu refused, %llu differences\n", (unsigned long long)runs,
           (unsigned long long)results[DIFFERENTIAL_ACCEPTED], (unsigned long long)results[DIFFERENTIAL_REFUSED],
           (unsigned long long)results[DIFFERENTIAL_DIFFERS]);
    return results[DIFFERENTIAL_DIFFERS] != 0;
}
