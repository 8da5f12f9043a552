#ifndef GESSO_SRGB_TABLES_H
#define GESSO_SRGB_TABLES_H

#include <stdint.h>

// Made by Scripts/generate-srgb-tables.py: the sRGB curve in quadratic segments, the low bytes of all entries and then the
// high ones, so that a byte shuffle looks up 16 at a time. See srgb.h for the segments and their evaluation.

/// Light of the samples 0…15.
static const uint8_t light_darkest[2][16] = {
    {0, 20, 40, 60, 80, 99, 119, 139, 159, 179, 199, 219, 241, 8, 32, 57},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1},
};

/// Segments of 16 samples.
static const uint8_t light_decode_base[2][16] = {
    {0, 84, 179, 146, 33, 138, 242, 123, 67, 102, 254, 37, 241, 121, 211, 18},
    {0, 1, 3, 7, 13, 20, 29, 41, 55, 71, 89, 111, 134, 161, 190, 223},
};

/// Rises.
static const uint8_t light_decode_slope[2][16] = {
    {0, 173, 18, 172, 115, 96, 113, 161, 239, 87, 218, 116, 37, 236, 199, 183},
    {0, 1, 3, 4, 6, 8, 10, 12, 14, 17, 19, 22, 25, 27, 30, 33},
};

/// Rises.
static const uint8_t light_decode_bend[2][16] = {
    {0, 177, 204, 227, 246, 8, 24, 38, 52, 65, 77, 88, 99, 109, 119, 129},
    {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
};

/// 16 segments of 256, then 16 of 4096 of which the first is not used.
static const uint8_t light_encode_base[2][32] = {
    {117, 49, 29, 171, 10, 172, 202, 135, 246, 39, 37, 248, 165, 50, 162, 248, 129, 72, 155, 107, 120, 46, 66, 29, 6, 41, 169, 159, 30, 54, 242, 94},
    {0, 13, 22, 28, 34, 38, 42, 46, 49, 53, 56, 58, 61, 64, 66, 68, 0, 71, 99, 120, 137, 152, 165, 177, 188, 198, 207, 216, 225, 233, 240, 248},
};

/// Rises.
static const uint8_t light_encode_slope[2][32] = {
    {83, 177, 82, 210, 239, 86, 231, 146, 77, 21, 231, 190, 156, 125, 98, 74, 0, 241, 62, 121, 169, 197, 100, 84, 124, 202, 53, 182, 72, 231, 146, 70},
    {13, 10, 7, 5, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 0, 33, 23, 18, 15, 13, 12, 11, 10, 9, 9, 8, 8, 7, 7, 7},
};

/// Falls.
static const uint8_t light_encode_bend[2][32] = {
    {144, 204, 198, 115, 77, 56, 43, 34, 28, 24, 20, 17, 15, 13, 12, 11, 0, 179, 117, 110, 245, 178, 136, 109, 89, 75, 64, 55, 48, 43, 38, 34},
    {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
};

#endif
