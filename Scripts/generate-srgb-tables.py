#!/usr/bin/env python3
"""Prints Sources/CGessoKernels/srgb_tables.h: the sRGB curve (IEC 61966-2-1, 5.2) in quadratic segments.

    Scripts/generate-srgb-tables.py >Sources/CGessoKernels/srgb_tables.h
"""


def linear(encoded):
    return encoded / 12.92 if encoded <= 0.04045 else ((encoded + 0.055) / 1.055) ** 2.4


def encoded(light):
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def solve(rows):
    """Gauss's elimination with pivoting on rows of coefficients and right side."""
    count = len(rows)
    for i in range(count):
        pivot = max(range(i, count), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(count):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i])]
    return [rows[i][count] / rows[i][i] for i in range(count)]


def parabola(points):
    """The parabola whose largest distance from the points is smallest, by Remez's exchange of four of them."""
    chosen = [0, len(points) // 4, len(points) * 3 // 4, len(points) - 1]
    for _ in range(60):
        *curve, level = solve([[1, points[i][0], points[i][0] ** 2, (-1) ** k, points[i][1]] for k, i in enumerate(chosen)])
        distance = [y - (curve[0] + curve[1] * t + curve[2] * t * t) for t, y in points]
        worst = max(range(len(points)), key=lambda i: abs(distance[i]))
        if abs(distance[worst]) <= abs(level) * 1.0001 + 1e-12:
            break
        # The worst point takes the place of a neighbor on its own side of the curve.
        near = min(range(4), key=lambda k: (distance[chosen[k]] * distance[worst] < 0, abs(chosen[k] - worst)))
        chosen = sorted({*chosen[:near], worst, *chosen[near + 1 :]})
        if len(chosen) < 4:
            break
    return curve


def planes(name, comment, values):
    print(f"\n/// {comment}\nstatic const uint8_t {name}[2][{len(values)}] = {{")
    for shift in (0, 8):
        print("    {" + ", ".join(str(value >> shift & 255) for value in values) + "},")
    print("};")


decoding = [[0, 0, 0]] + [parabola([(l / 16, linear((16 * h + l) / 255) * 65535) for l in range(16)]) for h in range(1, 16)]
dark = [parabola([(x / 256, encoded((256 * s + x) / 65535) * 255) for x in range(256)]) for s in range(16)]
bright = [[0, 0, 0]] + [parabola([(x / 4096, encoded((4096 * s + x) / 65535) * 255) for x in range(0, 4096, 8)]) for s in range(1, 16)]
encoding = dark + bright

print("""#ifndef GESSO_SRGB_TABLES_H
#define GESSO_SRGB_TABLES_H

#include <stdint.h>

// Made by Scripts/generate-srgb-tables.py: the sRGB curve in quadratic segments, the low bytes of all entries and then the
// high ones, so that a byte shuffle looks up 16 at a time. See srgb.h for the segments and their evaluation.""")
planes("light_darkest", "Linear light of the samples 0…15.", [round(linear(l / 255) * 65535) for l in range(16)])
planes("light_decode_base", "Segments of 16 samples.", [round(curve[0] + 0.5) for curve in decoding])
planes("light_decode_slope", "Rises.", [round(curve[1]) for curve in decoding])
planes("light_decode_bend", "Rises.", [round(curve[2]) for curve in decoding])
# A 256th of a level; half a level to round by and half a 256th for each of two products that were cut off.
planes("light_encode_base", "16 segments of 256, then 16 of 4096 of which the first is not used.", [round((curve[0]) * 256 + 129) for curve in encoding])
planes("light_encode_slope", "Rises.", [round(curve[1] * 256) for curve in encoding])
planes("light_encode_bend", "Falls.", [round(-curve[2] * 256) for curve in encoding])
print("\n#endif")
