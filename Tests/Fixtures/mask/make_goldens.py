"""Makes goldens.bin: three masks of 64 x 48 pixels, one byte each, made by Pillow.

1. A five-pointed star by the even-odd rule, drawn 64 times as large and averaged.
2. Blobs of 0 and 255.
3. The blobs with their holes filled: what a flood from outside does not reach.
"""

import math
import pathlib
import random

from PIL import Image, ImageDraw, ImageFilter

width, height, scale = 64, 48, 64
star = Image.new("L", (width * scale, height * scale))
angles = [4 * math.pi * i / 5 for i in range(5)]
corners = [
    ((31.4 + 26.2 * math.sin(angle)) * scale - 0.5, (25.3 - 23.7 * math.cos(angle)) * scale - 0.5) for angle in angles
]
ImageDraw.Draw(star).polygon(corners, fill=255)
star = star.resize((width, height), Image.Resampling.BOX)

numbers = random.Random(7)
blobs = Image.new("L", (width, height))
blobs.putdata([numbers.randrange(256) for _ in range(width * height)])
blobs = blobs.filter(ImageFilter.GaussianBlur(1.2)).point(lambda value: 255 if value > 126 else 0)

around = Image.new("L", (width + 2, height + 2))
around.paste(blobs, (1, 1))
ImageDraw.floodfill(around, (0, 0), 128)
filled = around.crop((1, 1, width + 1, height + 1)).point(lambda value: 0 if value == 128 else 255)

pathlib.Path(__file__).with_name("goldens.bin").write_bytes(b"".join(image.tobytes() for image in (star, blobs, filled)))
