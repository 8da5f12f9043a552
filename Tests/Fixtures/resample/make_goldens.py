"""Writes goldens.bin: what Pillow makes of one small image, in floating point, for filters and sizes.

Needs Pillow and numpy; the tests only read the result. Premultiplied color and alpha are resized each as a mode "F"
plane, so nothing is rounded to 8 bits on the way. Each record is a line `filter width height left top right bottom`,
then width x height x 4 samples, premultiplied, in 1/64 levels, as little-endian int16.
"""

import pathlib
import numpy as np
from PIL import Image

WIDTH, HEIGHT = 23, 19
FILTERS = {"nearest": Image.NEAREST, "box": Image.BOX, "triangle": Image.BILINEAR, "hamming": Image.HAMMING,
           "catmullRom": Image.BICUBIC, "lanczos3": Image.LANCZOS}
WHOLE = (0, 0, WIDTH, HEIGHT)
CASES = [((8, 6), WHOLE), ((9, 28), WHOLE), ((34, 21), WHOLE), ((1, 1), WHOLE), ((23, 7), WHOLE),
         ((11, 12), (3.3, 1.5, 20.75, 17.125)), ((16, 9), (7, 5, 15, 9.5))]


def sample(x, y, c):
    """The same formula as the tests': smooth color with hard edges, and alpha from 0 to 255."""
    if c == 3:
        return max(0, min(255, 300 - 20 * abs(x - 11) - 16 * abs(y - 9)))
    return (x * (37 + 14 * c) + y * (53 - 11 * c) + 97 * c * ((x // 5 + y // 4) % 2)) % 256


image = np.array([[[sample(x, y, c) for c in range(4)] for x in range(WIDTH)] for y in range(HEIGHT)], np.float32)
image[..., :3] *= image[..., 3:] / 255
with open(pathlib.Path(__file__).with_name("goldens.bin"), "wb") as out:
    for name, kind in FILTERS.items():
        for size, box in CASES:
            planes = [np.asarray(Image.fromarray(np.ascontiguousarray(image[..., c])).resize(size, kind, box=box))
                      for c in range(4)]
            out.write(f"{name} {size[0]} {size[1]} {' '.join(str(float(v)) for v in box)}\n".encode())
            out.write(np.rint(np.stack(planes, -1) * 64).astype("<i2").tobytes())
