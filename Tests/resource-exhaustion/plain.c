// What the codec's own library takes to decode a file: the measure for Scripts/resource-exhaustion. Prints CPU milliseconds.
// cc -O2 -I ../Fuzz/Sources/CReferenceDecoders/include plain.c ../Fuzz/Sources/CReferenceDecoders/{png,jpeg,webp}.c -lpng -ljpeg -lwebp

#include <reference_decoders.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static uint8_t *read_file(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fseek(file, 0, SEEK_END);
    *count = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*count + 1);
    if (bytes && fread(bytes, 1, *count, file) != *count) *count = 0;
    fclose(file);
    return bytes;
}

int main(int argc, char **argv) {
    size_t count = 0;
    uint8_t *bytes = argc == 2 ? read_file(argv[1], &count) : NULL;
    if (!bytes || count < 12) return 1;
    double start = milliseconds();
    reference_result verdict = {0};
    if (memcmp(bytes, "\x89PNG", 4) == 0)
        verdict = reference_png(bytes, count, 4);
    else if (bytes[0] == 0xff && bytes[1] == 0xd8)
        verdict = reference_jpeg(bytes, count);
    else if (memcmp(bytes, "RIFF", 4) == 0)
        verdict = reference_webp(bytes, count, 4);
    printf("%.1f\n", milliseconds() - start);
    reference_free(&verdict);
    free(bytes);
    return 0;
}
